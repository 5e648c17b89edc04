using System.Globalization;
using System.Text;

namespace Blackstart.Lab.Hosting;

/// <summary>What <c>/proc</c> says of processes (man 5 proc).</summary>
internal static class ProcFile
{
    /// <summary>All process ids of the machine.</summary>
    public static IEnumerable<int> Pids()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    /// <summary>A process's program and start time, and whether it still runs; null when nothing of it is left.</summary>
    public static (string Program, long StartTime, bool Runs)? Stat(int pid)
    {
        var text = Read(pid, "stat");

        // The program's name stands in parentheses and may itself hold spaces and parentheses.
        var open = text?.IndexOf('(', StringComparison.Ordinal) ?? -1;
        var close = text?.LastIndexOf(')') ?? -1;
        if (text is null || open < 0 || close < open)
        {
            return null;
        }

        var fields = text[(close + 2)..].Split(' ');

        // A killed process shows as a zombie as soon as its first thread is gone, while others may still hold its files and ports.
        var ended = fields[0] is "Z" or "X" or "x" && int.Parse(fields[17], CultureInfo.InvariantCulture) <= 1;
        return (text[(open + 1)..close], long.Parse(fields[19], CultureInfo.InvariantCulture), !ended);
    }

    public static bool IsAlive(int pid, long startTime) =>
        Stat(pid) is { Runs: true } stat && stat.StartTime == startTime;

    /// <summary>Whether a process was started with an environment entry <c>NAME=value</c>; false when it may not be asked.</summary>
    public static bool HasEnvironment(int pid, string entry) =>
        Read(pid, "environ")?.Split('\0').Contains(entry, StringComparer.Ordinal) == true;

    /// <summary>A process's working directory; null when it is gone or may not be asked.</summary>
    public static string? WorkingDirectory(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cwd").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/{file}", Encoding.UTF8);
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
