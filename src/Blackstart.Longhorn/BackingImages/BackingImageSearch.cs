using System.Text.RegularExpressions;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.BackingImages;

/// <summary>
/// Finds the backing image that a replica's metadata names. The recorded path is that of the instance manager's pod
/// (<c>/host</c> and the disk's path), and only its last names, <c>backing-images/NAME-UUID/backing</c>, are trusted.
/// </summary>
internal static partial class BackingImageSearch
{
    private const string Folder = "backing-images";
    private const string FileName = "backing";
    private const string RecordName = "backing.cfg";
    private const int SectorSize = 512;

    /// <summary>Finds and opens it.</summary>
    /// <exception cref="SalvageException">It is not found or not usable.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    internal static BackingImage Find(string recorded, string replica, JudgingOptions options)
    {
        if (options.BackingImage is { } named)
        {
            return named.Length > 0 && !System.IO.Path.EndsInDirectorySeparator(named) && !named.Contains('\0', StringComparison.Ordinal)
                ? Open(System.IO.Path.GetFullPath(named))
                : throw new SalvageException(SalvageCode.BackingImageMissing, $"\"{named}\" is not the name of a file");
        }

        var match = Recorded().Match(recorded);
        if (!match.Success)
        {
            throw new SalvageException(SalvageCode.BackingImageMissing, "volume.meta names a backing image by a path that is not …/backing-images/NAME-UUID/backing");
        }

        var directory = match.Groups["directory"].Value;
        var disk = System.IO.Path.GetFullPath(System.IO.Path.Combine(replica, "..", ".."));
        string[] disks = [disk, .. options.DiskRoots, match.Groups["disk"].Value];
        foreach (var root in disks)
        {
            var candidate = System.IO.Path.Combine(root, Folder, directory, FileName);
            if (ReadOnlyDirectory.StatusOf(candidate) is not null)
            {
                return Open(candidate);
            }
        }

        throw new SalvageException(SalvageCode.BackingImageMissing, $"the backing image {directory} is not found under {disk}/{Folder}");
    }

    private static BackingImage Open(string path)
    {
        using var directory = ReadOnlyDirectory.Open(System.IO.Path.GetDirectoryName(path)!);
        var name = System.IO.Path.GetFileName(path);
        if (directory.StatusOfEntry(name) is not { } status)
        {
            throw new SalvageException(SalvageCode.BackingImageMissing, $"the backing image {path} does not exist");
        }

        if (status.Kind != FileKind.Regular)
        {
            throw new SalvageException(SalvageCode.NotARegularFile, $"the backing image {path} is {status.KindInWords}");
        }

        var handle = directory.OpenFile(name);
        try
        {
            status = ReadOnlyDirectory.StatusOf(handle);
            if (status.Kind != FileKind.Regular)
            {
                throw new SalvageException(SalvageCode.NotARegularFile, $"the backing image {path} is {status.KindInWords}");
            }

            if (status.Length <= 0 || status.Length % SectorSize != 0)
            {
                throw new SalvageException(SalvageCode.BackingImageInvalid, $"the backing image {path} is {status.Length} bytes long, which is not a positive multiple of {SectorSize}");
            }

            var checksum = ReadRecord(directory);
            if (Qcow2Image.IsQcow2(handle, path, status.Length))
            {
                var image = new Qcow2Image(path, handle, status.Length);
                return new BackingImage(path, "qcow2", image.VirtualSize, image, handle, status, checksum);
            }

            var raw = new ReplicaLayer(path, new LayerMetadata(string.Empty, Removed: false, UserCreated: false, string.Empty), handle, status);
            return new BackingImage(path, "raw", status.Length, raw, handle, status, checksum);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Compares the identity in <c>backing.cfg</c> with the folder's name; returns the recorded checksum, if any.</summary>
    private static string? ReadRecord(ReadOnlyDirectory directory)
    {
        if (directory.StatusOfEntry(RecordName) is not { Kind: FileKind.Regular, Length: > 0 and <= MetadataFile.LargestLength } status)
        {
            return null;
        }

        try
        {
            using var handle = directory.OpenFile(RecordName);
            var content = new byte[status.Length];
            ImageReader.Read(handle, RecordName, content.Length, 0, content);
            var record = MetadataFile.Parse(RecordName, content);
            var uuid = record.Text("uuid");
            if (uuid.Length > 0 && !directory.Path.EndsWith($"-{uuid}", StringComparison.Ordinal))
            {
                throw new SalvageException(SalvageCode.BackingImageInvalid, $"{RecordName} in {directory.Path} is of another backing image");
            }

            var current = record.Text("currentChecksum");
            var checksum = current.Length > 0 ? current : record.Text("expectedChecksum");
            return checksum.Length > 0 ? checksum : null;
        }
        catch (MetadataException failure)
        {
            throw new SalvageException(SalvageCode.BackingImageInvalid, $"{directory.Path}: {failure.Message}", failure);
        }
    }

    [GeneratedRegex(@"\A(?:/host)?(?<disk>(?:/[^/\0]+)*)/backing-images/(?<directory>[A-Za-z0-9][A-Za-z0-9._-]*)/backing\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Recorded();
}
