using System.Globalization;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Export;

/// <summary>What an image is made from, in lines that are the same only if the image would be.</summary>
internal static class ExportSource
{
    internal static List<string> Describe(string replica, string? snapshot, ReplicaChain chain)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{replica} snapshot {snapshot ?? "(none)"} size {chain.Size}"),
        };
        lines.AddRange(chain.Layers.Select(layer => Line(layer.Name, layer.Status)));
        if (chain.Backing is { } backing)
        {
            lines.Add(Line(backing.Path, backing.Status));
        }

        return lines;
    }

    private static string Line(string name, in FileStatus status) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name} inode {status.Device:x}:{status.Inode} length {status.Length} allocated {status.Allocated} modified {status.Modified:O}");
}
