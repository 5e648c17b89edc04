using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>A <c>hostPath</c> volume. The nodes of the lab share one machine: it is that very path of it.</summary>
internal static class HostPath
{
    /// <summary>The path, checked as its type asks.</summary>
    /// <exception cref="MountException">There is nothing of that type.</exception>
    public static string Resolve(string volume, JsonObject host)
    {
        var path = host.TextAt("path") ?? "";
        var type = host.TextAt("type") ?? "";
        if (!Path.IsPathRooted(path) || path.Split('/').Contains("..", StringComparer.Ordinal))
        {
            throw Refused(volume, $"the host path \"{path}\" is not absolute, or goes up with ..");
        }

        switch (type)
        {
            case "":
                break;
            case "DirectoryOrCreate":
                Directory.CreateDirectory(path);
                break;
            case "Directory" when !Directory.Exists(path):
                throw Refused(volume, $"hostPath type check failed: {path} is not a directory");
            case "File" when !File.Exists(path):
                throw Refused(volume, $"hostPath type check failed: {path} is not a file");
            case "FileOrCreate":
                File.Open(path, FileMode.OpenOrCreate).Dispose();
                break;
            case "Socket" or "CharDevice" or "BlockDevice" when !Path.Exists(path):
                throw Refused(volume, $"hostPath type check failed: {path} is not there");
        }

        return path;
    }

    private static MountException Refused(string volume, string why) => new("FailedMount", $"MountVolume.SetUp failed for volume \"{volume}\" : {why}");
}
