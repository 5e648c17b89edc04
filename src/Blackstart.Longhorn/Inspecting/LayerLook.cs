using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>Looks at one layer's files, without judging.</summary>
internal static class LayerLook
{
    internal static InspectedLayer At(ReadOnlyDirectory directory, string image, bool isInChain, long? supplies)
    {
        var metadata = Metadata(directory, image + LayerName.MetadataSuffix);
        var status = directory.StatusOfEntry(image) is { Kind: FileKind.Regular } found ? found : default(FileStatus?);
        return new InspectedLayer(
            image,
            metadata?.Parent,
            isInChain,
            status is not null,
            metadata?.Created ?? string.Empty,
            metadata?.UserCreated ?? false,
            metadata?.Removed ?? false,
            status?.Length ?? 0,
            status?.Allocated ?? 0,
            status?.Modified,
            supplies);
    }

    private static LayerMetadata? Metadata(ReadOnlyDirectory directory, string name)
    {
        try
        {
            if (directory.StatusOfEntry(name) is not { Kind: FileKind.Regular, Length: > 0 and <= MetadataFile.LargestLength } status)
            {
                return null;
            }

            using var handle = directory.OpenFile(name);
            var content = new byte[status.Length];
            ImageReader.Read(handle, name, content.Length, 0, content);
            return MetadataFile.Parse(name, content).ToLayer();
        }
        catch (Exception failure) when (failure is MetadataException or SalvageException or IOException)
        {
            return null;
        }
    }
}
