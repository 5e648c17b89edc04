using System.Globalization;
using System.Security.Cryptography;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Tests.Support;

/// <summary>Everything that can be seen of a directory: names, kinds, lengths, allocation, times, content.</summary>
internal static class DirectoryRecord
{
    internal static async Task<List<string>> TakeAsync(string root)
    {
        var record = new List<string>();
        foreach (var path in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Append(root).Order(StringComparer.Ordinal))
        {
            var status = ReadOnlyDirectory.StatusOf(path)!.Value;
            var digest = string.Empty;
            if (status.Kind == FileKind.Regular)
            {
                await using var stream = File.OpenRead(path);
                digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken));
            }

            record.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{path} {status.Kind} {status.Length} {status.Allocated} {status.Links} {status.Inode} {status.Modified.Ticks} {status.ChangedSeconds}.{status.ChangedNanoseconds} {digest}"));
        }

        return record;
    }
}
