using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Longhorn;

/// <summary>A node's Longhorn disk: <c>longhorn-disk.cfg</c>, and a directory for each replica.</summary>
internal sealed partial class LonghornDisk
{
    private const string ConfigName = "longhorn-disk.cfg";

    private LonghornDisk(string node, string path, string devices, string name, string uuid)
    {
        Node = node;
        Path = path;
        Devices = devices;
        Name = name;
        Uuid = uuid;
    }

    public string Node { get; }

    /// <summary>The disk's directory, which in a cluster is /var/lib/longhorn.</summary>
    public string Path { get; }

    /// <summary>Where the node's block devices are, which in a cluster is /dev/longhorn.</summary>
    public string Devices { get; }

    /// <summary>Name in the Node object.</summary>
    public string Name { get; }

    /// <summary>What identifies the disk; found in its configuration file, or made when it has none.</summary>
    public string Uuid { get; }

    private string Replicas => System.IO.Path.Combine(Path, "replicas");

    /// <summary>Opens a disk, as a newly installed Longhorn does: an identity that is there is adopted.</summary>
    public static LonghornDisk Open(string node, string path, string devices)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(path, "replicas"));
        Directory.CreateDirectory(devices);
        var name = "default-disk-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
        var config = System.IO.Path.Combine(path, ConfigName);
        if (File.Exists(config) && Read(config) is { } found)
        {
            return new LonghornDisk(node, path, devices, name, found);
        }

        var uuid = Guid.NewGuid().ToString();
        File.WriteAllText(config, new JsonObject { ["diskName"] = name, ["diskUUID"] = uuid, ["diskDriver"] = "", ["state"] = "" }.ToJsonString());
        return new LonghornDisk(node, path, devices, name, uuid);
    }

    public string PathOf(string dataName) => System.IO.Path.Combine(Replicas, dataName);

    /// <summary>Directories that look like replicas and whose <c>volume.meta</c> can be read; others go unnoticed, as in Longhorn.</summary>
    public IReadOnlyList<string> FindReplicas()
    {
        var found = new List<string>();
        foreach (var directory in Directory.EnumerateDirectories(Replicas))
        {
            var name = System.IO.Path.GetFileName(directory);
            try
            {
                if (IsReplicaName(name) && ReplicaDirectory.Inspect(directory) is not null)
                {
                    found.Add(name);
                }
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                // Damaged replicas get no Orphan object.
            }
        }

        return found;
    }

    public bool Exists(string dataName) => IsReplicaName(dataName) && Directory.Exists(PathOf(dataName));

    /// <summary>Deletes a replica's data. A name that is no replica's deletes nothing.</summary>
    public void Delete(string dataName)
    {
        if (!Exists(dataName))
        {
            return;
        }

        var directory = PathOf(dataName);
        if (File.ResolveLinkTarget(directory, returnFinalTarget: false) is not null)
        {
            File.Delete(directory);
            return;
        }

        Directory.Delete(directory, recursive: true);
    }

    public static bool IsReplicaName(string name) => ReplicaName().IsMatch(name);

    private static string? Read(string config)
    {
        try
        {
            return (JsonNode.Parse(File.ReadAllText(config)) as JsonObject)?.TextAt("diskUUID");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Longhorn's own pattern for the suffix is wider than what it makes (longhorn-manager, util/util.go).</summary>
    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9._-]*-[a-zA-Z0-9]{8}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReplicaName();
}
