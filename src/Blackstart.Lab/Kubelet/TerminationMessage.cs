using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>The last words of a container: what it wrote to its <c>terminationMessagePath</c>, or the end of its log when the policy says so.</summary>
internal sealed class TerminationMessage(JsonObject container, string file)
{
    // Limits of the real kubelet (kubernetes.io, "Determine the Reason for Pod Failure").
    private const int FileLimit = 4096;
    private const int LogLimit = 2048;

    public void Clear() => File.Delete(file);

    /// <summary>The message; null when there is none.</summary>
    public string? Read(int exitCode, string log)
    {
        if (File.Exists(file) && ReadEnd(file, FileLimit, fromStart: true) is { Length: > 0 } written)
        {
            return written;
        }

        return exitCode != 0 && container.TextAt("terminationMessagePolicy") == "FallbackToLogsOnError" && File.Exists(log) ? ReadEnd(log, LogLimit, fromStart: false) : null;
    }

    private static string ReadEnd(string path, int limit, bool fromStart)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!fromStart && stream.Length > limit)
        {
            stream.Position = stream.Length - limit;
        }

        var buffer = new byte[limit];
        return Encoding.UTF8.GetString(buffer, 0, stream.ReadAtLeast(buffer, limit, throwOnEndOfStream: false));
    }
}
