using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Tests.Support;

/// <summary>Everything that can be seen of a directory: names, kinds, lengths, allocation, times, content.</summary>
internal static class DirectoryRecord
{
    internal static List<string> Take(string root)
    {
        var record = new List<string>();
        foreach (var path in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root).Order(StringComparer.Ordinal))
        {
            var status = ReadOnlyDirectory.StatusOf(path)!.Value;
            var digest = string.Empty;
            if (status.Kind == FileKind.Regular)
            {
                digest = Digest(path, status.Length);
            }

            record.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} {status.Kind} {status.Length} {status.Allocated} {status.Links} {status.Inode} {status.Modified.Ticks} {status.ChangedSeconds}.{status.ChangedNanoseconds} {digest}"));
        }

        return record;
    }

    /// <summary>Where the file is allocated and what is there: reading the holes of large volumes would take long and tell less.</summary>
    private static string Digest(string path, long length)
    {
        using var handle = File.OpenHandle(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var extents = new List<Extent>();
        for (var next = 0L; next < length;)
        {
            next = Fiemap.Read(handle, next, length, extents);
            foreach (var extent in extents)
            {
                hash.AppendData(Encoding.ASCII.GetBytes(extent.ToString()));
                var content = new byte[extent.End - extent.Offset];
                hash.AppendData(content, 0, RandomAccess.Read(handle, content, extent.Offset));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
