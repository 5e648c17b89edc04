using System.Globalization;
using System.Text;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Files;

/// <summary>
/// Which files other processes hold open for writing (<c>/proc/PID/fd</c>), and which directories Longhorn's own engine serves by its
/// command line, as far as this user may see. Taken once and asked often: a scan of many replicas needs one.
/// </summary>
public sealed class OpenFileTable
{
    private const string EngineProgram = "longhorn";
    private const string InPod = "/host";
    private readonly Dictionary<FileIdentity, int> _writers = [];
    private readonly Dictionary<FileIdentity, int> _engines = [];
    private readonly Dictionary<string, int> _enginesByPath = new(StringComparer.Ordinal);

    private OpenFileTable()
    {
    }

    /// <summary>A table that says that nothing is open, for sources that no process of this machine can have open.</summary>
    public static OpenFileTable Empty { get; } = new();

    /// <summary>Whether any image of a replica is open for writing anywhere.</summary>
    internal bool HasWriters => _writers.Count > 0;

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
                table.AddEngine(id, process);
            }
        }

        return table;
    }

    /// <summary>The process that has one of these files open for writing, or null.</summary>
    internal int? WriterOf(FileIdentity file) => _writers.TryGetValue(file, out var process) ? process : null;

    /// <summary>The engine's process that serves a replica directory, or null.</summary>
    internal int? EngineOf(FileIdentity directory, string path) =>
        _engines.TryGetValue(directory, out var process) || _enginesByPath.TryGetValue(path, out process) ? process : null;

    /// <summary>
    /// The engine serves a replica by <c>longhorn … replica DIRECTORY …</c> (<c>LE: app/cmd/replica.go</c>), where the directory is the
    /// pod's name for it: the host's behind <c>/host</c>. Looked up through the process's own root it is the directory itself.
    /// </summary>
    private void AddEngine(int id, string process)
    {
        var words = CommandLine(process);
        if (words.Length < 2 || !Path.GetFileName(words[0]).StartsWith(EngineProgram, StringComparison.Ordinal))
        {
            return;
        }

        foreach (var word in words.AsSpan(1))
        {
            var directory = Path.TrimEndingDirectorySeparator(word);
            if (!directory.StartsWith('/') || !ReplicaName.TryParse(Path.GetFileName(directory), out _))
            {
                continue;
            }

            if (ReadOnlyDirectory.StatusBehind($"{process}/root{directory}") is { Kind: FileKind.Directory } status)
            {
                _engines.TryAdd(status.Identity, id);
            }
            else
            {
                _enginesByPath.TryAdd(directory.StartsWith(InPod + "/", StringComparison.Ordinal) ? directory[InPod.Length..] : directory, id);
            }
        }
    }

    private void Add(int id, string process)
    {
        foreach (var descriptor in Entries(Path.Combine(process, "fd")))
        {
            // Only images of replicas matter; asking for the status of every descriptor of the machine would be slow.
            if (LinkTarget(descriptor) is { } target
                && Path.GetFileName(target.AsSpan()).StartsWith("volume-", StringComparison.Ordinal)
                && IsForWriting(Path.Combine(process, "fdinfo", Path.GetFileName(descriptor)))
                && ReadOnlyDirectory.StatusBehind(descriptor) is { } status)
            {
                _writers.TryAdd(status.Identity, id);
            }
        }
    }

    private static string[] CommandLine(string process)
    {
        const int longest = 16 << 10;
        try
        {
            using var stream = new FileStream(Path.Combine(process, "cmdline"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var content = new byte[longest];
            var length = stream.ReadAtLeast(content, longest, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(content, 0, length).TrimEnd('\0').Split('\0');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
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
