using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Blackstart.Fuzz.Mutating;

/// <summary>
/// A small replica with a backing image that is damaged and mended again and again. Small files are rewritten; images are exchanged for
/// something else and put back, since what they hold decides nothing.
/// </summary>
internal sealed class FuzzedReplica : IDisposable
{
    private const int Size = 1 << 20;
    private const int Block = 4096;
    private static readonly string[] Images = ["volume-head-000.img", "volume-snap-s2.img", "volume-snap-s1.img"];
    private readonly string _root;
    private readonly string _aside;
    private readonly Dictionary<string, byte[]> _small = new(StringComparer.Ordinal);
    private readonly string[] _names;
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _strays = new(StringComparer.Ordinal);

    internal FuzzedReplica(string root)
    {
        _root = root;
        _aside = System.IO.Path.Combine(root, "aside");
        Disk = System.IO.Path.Combine(root, "disk");
        Path = System.IO.Path.Combine(Disk, "replicas", "pvc-fuzz-0123abcd");
        var backing = System.IO.Path.Combine(Disk, "backing-images", "base-1a2b3c4d");
        Directory.CreateDirectory(Path);
        Directory.CreateDirectory(backing);
        Directory.CreateDirectory(_aside);
        for (var i = 0; i < Images.Length; i++)
        {
            var parent = i + 1 < Images.Length ? Images[i + 1] : string.Empty;
            WriteImage(Images[i], i);
            Add(Images[i] + ".meta", $$"""{"Name":"volume-head-000.img","Parent":"{{parent}}","Removed":false,"UserCreated":true,"Created":"2026-01-02T03:04:05Z","Labels":null}""");
        }

        Add("volume.meta", $$"""{"Size":{{Size}},"Head":"{{Images[0]}}","Dirty":true,"Rebuilding":false,"Error":"","Parent":"{{Images[1]}}","SectorSize":512,"BackingFilePath":"/host/var/lib/longhorn/backing-images/base-1a2b3c4d/backing","Encrypted":false}""");
        Add("volume-snap-s2.img.checksum", """{"method":"crc64","checksum":"00000000deadbeef","change_time":"2026-01-02 03:04:05.123456789 +0000 UTC","last_hashed_at":"x","silently_corrupted":false}""");
        Add("revision.counter", "12".PadRight(Block, '\0'));
        Add(System.IO.Path.Combine(Disk, "longhorn-disk.cfg"), """{"diskName":"disk-1","diskUUID":"5b7e1f6e-4a6f-4f8e-9d5c-0d6f0c6f0a11","diskDriver":"","state":""}""");
        Add(System.IO.Path.Combine(backing, "backing.cfg"), """{"name":"base","uuid":"1a2b3c4d","size":32768,"virtualSize":262144,"currentChecksum":""}""");
        Add(System.IO.Path.Combine(backing, "backing"), SmallImage.Make());
        _names = [.. _small.Keys];
    }

    internal string Disk { get; }

    internal string Path { get; }

    /// <summary>Damages one thing.</summary>
    internal void Damage(Random random)
    {
        switch (random.Next(16))
        {
            case 0:
                Exchange(Images[random.Next(Images.Length)], random);
                break;
            case 1:
                Exchange(_names[random.Next(_names.Length)], random);
                break;
            case 2:
                AddStray(random);
                break;
            case 3 or 4 or 5:
                Rewrite(System.IO.Path.Combine(Disk, "backing-images", "base-1a2b3c4d", "backing"), random);
                break;
            default:
                Rewrite(_names[random.Next(_names.Length)], random);
                break;
        }
    }

    /// <summary>Everything that can be seen of the disk. What images hold is told by their times.</summary>
    internal string Record()
    {
        var record = new StringBuilder();
        foreach (var entry in new DirectoryInfo(Disk).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).OrderBy(entry => entry.FullName, StringComparer.Ordinal))
        {
            record.Append(entry.FullName).Append(' ').Append((int)entry.UnixFileMode).Append(' ').Append(entry.LastWriteTimeUtc.Ticks).Append(' ').Append(entry.LinkTarget);
            if (entry is FileInfo { LinkTarget: null, Attributes: FileAttributes.Normal } file)
            {
                record.Append(CultureInfo.InvariantCulture, $" {file.Length}");
                if (_changed.Contains(entry.FullName) && file.Length is > 0 and < 1 << 18)
                {
                    record.Append(' ').Append(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(entry.FullName))));
                }
            }

            record.Append('\n');
        }

        return record.ToString();
    }

    /// <summary>Mends everything.</summary>
    internal void Restore()
    {
        foreach (var name in _changed)
        {
            Remove(name);
            if (_small.TryGetValue(name, out var content))
            {
                File.WriteAllBytes(name, content);
            }
            else
            {
                File.Move(Aside(name), name);
            }
        }

        foreach (var stray in _strays)
        {
            Remove(stray);
        }

        _changed.Clear();
        _strays.Clear();
    }

    /// <summary>Keeps a copy of the disk as it is, holes and all, and why.</summary>
    internal string Keep(string folder, string why)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(System.IO.Path.Combine(folder, "why"), why);
        using var copy = System.Diagnostics.Process.Start("tar", ["-C", _root, "-cSf", System.IO.Path.Combine(folder, "disk.tar"), "disk"]);
        copy.WaitForExit();
        return folder;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Add(string name, string content) => Add(name, Encoding.UTF8.GetBytes(content));

    private void Add(string name, byte[] content)
    {
        var path = System.IO.Path.Combine(Path, name);
        _small.Add(path, content);
        File.WriteAllBytes(path, content);
    }

    private void WriteImage(string name, int layer)
    {
        using var handle = File.OpenHandle(System.IO.Path.Combine(Path, name), FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(handle, Size);
        for (var block = layer; block < 250; block += 7 + layer)
        {
            RandomAccess.Write(handle, Enumerable.Repeat((byte)(layer + 1), Block).ToArray(), block * (long)Block);
        }
    }

    private void Rewrite(string path, Random random)
    {
        if (_changed.Add(path))
        {
            File.WriteAllBytes(path, ByteMutator.Mutate(_small[path], [.. _small.Values], random));
        }
    }

    /// <summary>Puts something else in the place of a file.</summary>
    private void Exchange(string name, Random random)
    {
        var path = System.IO.Path.Combine(Path, name);
        if (!_changed.Add(path))
        {
            return;
        }

        if (_small.ContainsKey(path))
        {
            File.Delete(path);
        }
        else
        {
            File.Move(path, Aside(path));
        }

        Put(path, random);
    }

    private void AddStray(Random random)
    {
        string[] names =
        [
            "volume-head-001.img", "volume-head-001.img.meta", "volume-snap-x.img", "volume-snap-x.img.meta", "volume-delta-b.img", "volume-snap-x.img.snap_tmp", "volume.meta.tmp", "\u001b[2J.meta", "a\nb.tmp", "volume-snap-s1.img.checksum",
            "volume-snap-s2.img.checksum..tmp", "lost+found", "volume-head-\u202e.img",
        ];
        var path = System.IO.Path.Combine(Path, names[random.Next(names.Length)]);
        if (_strays.Add(path))
        {
            Put(path, random);
        }
    }

    private void Put(string path, Random random)
    {
        switch (random.Next(7))
        {
            case 0:
                break;
            case 1:
                File.CreateSymbolicLink(path, random.Next(2) == 0 ? Images[random.Next(Images.Length)] : "/dev/zero");
                break;
            case 2:
                Directory.CreateDirectory(path);
                break;
            case 3:
                File.WriteAllBytes(path, ByteMutator.Mutate([], [.. _small.Values], random));
                break;
            default:
                using (var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite))
                {
                    RandomAccess.SetLength(handle, random.Next(4) switch { 0 => Size, 1 => random.Next(2 * Size), 2 => (long)Block * random.Next(512), _ => 1L << random.Next(44) });
                }

                break;
        }
    }

    private string Aside(string path) => System.IO.Path.Combine(_aside, System.IO.Path.GetFileName(path));

    private static void Remove(string path)
    {
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
        {
            Directory.Delete(path);
        }
        else
        {
            File.Delete(path);
        }
    }
}
