using System.Globalization;
using Blackstart.Core.Errors;

namespace Blackstart.Core.Execution;

/// <summary>The folder with one folder a run, each holding the run's journal.</summary>
/// <param name="folder">Made when the first run starts.</param>
/// <param name="time">Names runs by the moment they start.</param>
public sealed class RunStore(string folder, TimeProvider time)
{
    /// <summary>A name for a run that starts now, and its folder, which is made.</summary>
    public (string Run, string Folder) Create(string plan)
    {
        var stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        for (var n = 1; ; n++)
        {
            var run = n == 1 ? $"{stamp}-{plan}" : string.Create(CultureInfo.InvariantCulture, $"{stamp}-{plan}-{n}");
            var path = Path.Combine(folder, run);
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                return (run, path);
            }
        }
    }

    /// <summary>The folder of a run.</summary>
    /// <exception cref="BlackstartException"><c>BS3005</c>: there is no such run, or its name is no name.</exception>
    public string FolderOf(string run)
    {
        var path = Path.Combine(folder, run);
        return run.Length > 0 && Path.GetFileName(run) == run && File.Exists(Path.Combine(path, Journal.FileName))
            ? path
            : throw new BlackstartException(
                "BS3005",
                ExitCode.InvalidInput,
                $"looking for the run '{run}'",
                $"{folder} holds no such run",
                "`blackstart run list` names the runs there are");
    }

    /// <summary>What the journal of a run says.</summary>
    /// <exception cref="BlackstartException"><c>BS3004</c>, <c>BS3005</c>.</exception>
    public RunHistory Read(string run) => RunHistory.Of(Journal.Read(FolderOf(run)));

    /// <summary>Takes an environment for one run, for as long as the hold is not disposed of.</summary>
    /// <exception cref="BlackstartException"><c>BS3011</c>: another run is under way there.</exception>
    public EnvironmentHold Hold(string environment) => EnvironmentHold.Take(folder, environment);

    /// <summary>The names of all runs, oldest first; a folder whose journal has no whole first line is of a run that never began.</summary>
    public IReadOnlyList<string> List() => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateDirectories(folder)
            .Where(d => HasBegun(Path.Combine(d, Journal.FileName)))
            .Select(d => Path.GetFileName(d))
            .Order(StringComparer.Ordinal)];

    private static bool HasBegun(string journal)
    {
        try
        {
            using var file = new FileStream(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var buffer = new byte[8192];
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                if (buffer.AsSpan(0, read).Contains((byte)'\n'))
                {
                    return true;
                }
            }

            return false;
        }
        catch (UnauthorizedAccessException)
        {
            // There is a run, though nobody here may read it.
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
