using System.Globalization;

namespace Blackstart.Lab.Hosting;

/// <summary>
/// Where the runs of a pod's container begin in its log: the kubelet adds a line of the pod's UID and the log's length before
/// each run, so that one run can be told from the next, and a pod from another one that bore its name.
/// </summary>
internal static class PodLog
{
    /// <summary>The file of a log's beginnings.</summary>
    public static string RunsOf(string log) => log + ".runs";

    /// <summary>Writes down that a run begins.</summary>
    public static async Task BeginAsync(string log, string uid, CancellationToken cancellationToken)
    {
        var length = File.Exists(log) ? new FileInfo(log).Length : 0;
        await File.AppendAllTextAsync(RunsOf(log), string.Create(CultureInfo.InvariantCulture, $"{uid} {length}\n"), cancellationToken);
    }

    /// <summary>Where a pod's runs begin, the oldest first.</summary>
    public static async Task<IReadOnlyList<long>> ReadAsync(string log, string uid, CancellationToken cancellationToken)
    {
        if (!File.Exists(RunsOf(log)))
        {
            return [];
        }

        var starts = new List<long>();
        foreach (var line in await File.ReadAllLinesAsync(RunsOf(log), cancellationToken))
        {
            // A line cut off by a power cut names no run.
            if (line.Split(' ') is [var pod, var start] && pod == uid && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                starts.Add(offset);
            }
        }

        return starts;
    }
}
