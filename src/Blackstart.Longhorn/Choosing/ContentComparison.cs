using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Choosing;

/// <summary>What a comparison of the contents of two replicas came to.</summary>
/// <param name="IsDone">They were compared.</param>
/// <param name="IsEqual">They hold the same bytes.</param>
/// <param name="Offset">The first byte that differs, where that is known.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ContentComparison(bool IsDone, bool IsEqual, long? Offset)
{
    /// <summary>They were not compared.</summary>
    public static ContentComparison NotDone => default;

    /// <summary>They hold the same bytes.</summary>
    public static ContentComparison Equal => new(IsDone: true, IsEqual: true, Offset: null);

    /// <summary>They differ.</summary>
    /// <param name="offset">The first byte that does; null if only digests were compared.</param>
    public static ContentComparison Different(long? offset = null) => new(IsDone: true, IsEqual: false, offset);
}
