using System.Globalization;

namespace Blackstart.Longhorn.Files;

/// <summary>
/// Which files other processes hold open for writing, as far as this user may see (<c>/proc/PID/fd</c>). Taken once and
/// asked often: a scan of many replicas needs one.
/// </summary>
public sealed class OpenFileTable
{
    private readonly Dictionary<FileIdentity, int> _writers = [];

    private OpenFileTable()
    {
    }

    /// <summary>A table that says that nothing is open, for sources that no process of this machine can have open.</summary>
    public static OpenFileTable Empty { get; } = new();

    /// <summary>Looks at every process but this one.</summary>
    /// <returns>The table. Processes that may not be looked at are left out.</returns>
    public static OpenFileTable Take()
    {
        var table = new OpenFileTable();
        foreach (var process in Entries("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId)
            {
                table.Add(id, process);
            }
        }

        return table;
    }

    /// <summary>The process that has one of these files open for writing, or null.</summary>
    internal int? WriterOf(FileIdentity file) => _writers.TryGetValue(file, out var process) ? process : null;

    private void Add(int id, string process)
    {
        foreach (var descriptor in Entries(Path.Combine(process, "fd")))
        {
            // Only images of replicas matter; asking for the status of every descriptor of the machine would be slow.
            if (LinkTarget(descriptor) is { } target
                && Path.GetFileName(target).StartsWith("volume-", StringComparison.Ordinal)
                && IsForWriting(Path.Combine(process, "fdinfo", Path.GetFileName(descriptor)))
                && ReadOnlyDirectory.StatusBehind(descriptor) is { } status)
            {
                _writers.TryAdd(status.Identity, id);
            }
        }
    }

    private static string[] Entries(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? LinkTarget(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsForWriting(string information)
    {
        try
        {
            foreach (var line in File.ReadLines(information))
            {
                if (line.StartsWith("flags:", StringComparison.Ordinal))
                {
                    // Octal; the last digit's two low bits are the access mode.
                    return ((line[^1] - '0') & 3) != 0;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        return false;
    }
}
