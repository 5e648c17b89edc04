namespace Blackstart.Longhorn.Inspecting;

/// <summary>The backing image below the lowest layer.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format"><c>raw</c> or <c>qcow2</c>.</param>
/// <param name="Size">Size of the disk it holds, in bytes.</param>
/// <param name="Supplies">Bytes of the merged volume that come from it.</param>
public sealed record InspectedBackingImage(string Path, string Format, long Size, long Supplies);
