namespace Blackstart.Longhorn.Tests.Merging;

/// <summary>Something done to a layer's file, in blocks of 4096 bytes.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Start">First block.</param>
/// <param name="Length">Number of blocks.</param>
/// <param name="Fill">The byte that is written; zeros are data as well.</param>
internal sealed record LayerAct(LayerActKind Kind, int Start, int Length, byte Fill);
