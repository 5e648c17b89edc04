using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Scanning;

/// <summary>How a disk of the V2 data engine is known: by the signature of SPDK's blob store, or by what <c>longhorn-disk.cfg</c> says.</summary>
internal static class SecondEngineDisk
{
    /// <summary>SPDK, <c>lib/blob/blobstore.h</c>: the super block starts with it.</summary>
    private static ReadOnlySpan<byte> Signature => "SPDKBLOB"u8;

    /// <summary>Whether the device starts with the signature; false if it cannot be read.</summary>
    internal static bool Is(string device)
    {
        try
        {
            using var directory = ReadOnlyDirectory.Open(Path.GetDirectoryName(device)!);
            using var handle = directory.OpenFile(Path.GetFileName(device));
            var start = new byte[Signature.Length];
            return RandomAccess.Read(handle, start, 0) == start.Length && Signature.SequenceEqual(start);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The first engine's disks have no driver; those of the second have <c>aio</c>, <c>nvme</c> or another of SPDK's.</summary>
    internal static bool Is(MetadataFile record) =>
        record.Text("diskDriver").Length > 0 || string.Equals(record.Text("diskType"), "block", StringComparison.Ordinal);
}
