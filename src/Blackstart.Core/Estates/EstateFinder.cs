using Blackstart.Core.Errors;

namespace Blackstart.Core.Estates;

/// <summary>Finds the estate's file: what the flag says, then <c>$BLACKSTART_CONFIG</c>, then the nearest <c>blackstart.yaml</c> upwards.</summary>
public static class EstateFinder
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "blackstart.yaml";

    /// <summary>Name of the environment variable that names the file.</summary>
    public const string Variable = "BLACKSTART_CONFIG";

    /// <summary>Finds the estate's file and gives its absolute path.</summary>
    /// <param name="flag">What the user named on the command line; null when nothing.</param>
    /// <param name="environment">Looks up an environment variable.</param>
    /// <param name="folder">Absolute path of the folder to start at.</param>
    /// <exception cref="BlackstartException"><c>BS1031</c>: the named file is not there; <c>BS1030</c>: none was named and none is found.</exception>
    public static string Find(string? flag, Func<string, string?> environment, string folder)
    {
        if (!string.IsNullOrEmpty(flag))
        {
            return Named(flag, "the command line names", folder);
        }

        if (environment(Variable) is { Length: > 0 } named)
        {
            return Named(named, $"${Variable} names", folder);
        }

        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, FileName);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new BlackstartException(
            "BS1030",
            ExitCode.InvalidInput,
            "finding the estate",
            $"there is no {FileName} in {folder} or any folder above it",
            $"Go to the folder of your estate, or name its file with --config FILE or ${Variable}; 'blackstart lab up' gives an estate to try");
    }

    private static string Named(string path, string by, string folder)
    {
        var full = Path.GetFullPath(path, folder);
        return File.Exists(full)
            ? full
            : throw new BlackstartException(
                "BS1031",
                ExitCode.InvalidInput,
                "finding the estate",
                $"{by} {path}, and there is no such file",
                "Check the path");
    }
}
