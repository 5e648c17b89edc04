namespace Blackstart.Longhorn.Tests.Merging;

internal enum LayerActKind
{
    Write,

    /// <summary>Space is reserved and never written: reads as zeros, and counts as data.</summary>
    Preallocate,

    Punch,
}
