namespace Blackstart.Lab.Erp;

/// <summary>What a journal slot holds.</summary>
internal enum SlotContent
{
    /// <summary>Zeros: never written.</summary>
    Blank,

    /// <summary>A record with the right digest.</summary>
    Valid,

    /// <summary>Something whose digest does not fit.</summary>
    Damaged,
}
