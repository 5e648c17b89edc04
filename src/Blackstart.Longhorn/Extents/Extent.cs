namespace Blackstart.Longhorn.Extents;

/// <summary>A range of a layer that is allocated, in whole blocks of 4096 bytes.</summary>
/// <param name="Offset">Start in bytes.</param>
/// <param name="End">End in bytes, exclusive.</param>
/// <param name="Unwritten">Preallocated and never written: reads as zeros and yet hides what is below.</param>
internal readonly record struct Extent(long Offset, long End, bool Unwritten);
