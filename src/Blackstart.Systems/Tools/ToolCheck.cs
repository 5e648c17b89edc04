using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Tools;

/// <summary>Looks for the operator's tools before anything is begun that needs them.</summary>
public static class ToolCheck
{
    /// <summary>Demands every tool that an estate's components need.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>, naming all that are missing and the packages that bring them.</exception>
    public static void Require(Estate estate, ComponentTypes types)
    {
        var missing = estate.Components
            .SelectMany(c => types.Of(c).Tools)
            .Concat(OperatingSystem.IsLinux() ? ["setpriv"] : [])
            .Distinct(StringComparer.Ordinal)
            .Where(tool => !IsOnPath(tool))
            .ToList();
        if (missing.Count > 0)
        {
            throw new BlackstartException(
                "BS4001",
                ExitCode.CouldNotVerify,
                $"looking for {string.Join(", ", missing)} on PATH",
                missing.Count == 1 ? "it is not there; nothing was begun" : "they are not there; nothing was begun",
                string.Join("; ", missing.Select(ToolPackages.Hint)));
        }
    }

    private static bool IsOnPath(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, tool)));
}
