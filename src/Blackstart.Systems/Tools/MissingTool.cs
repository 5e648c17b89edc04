using Blackstart.Core.Errors;

namespace Blackstart.Systems.Tools;

/// <summary>The failure of starting a tool that is not there.</summary>
internal static class MissingTool
{
    public static BlackstartException Error(string tool, Exception inner) => new(
        "BS4001",
        ExitCode.CouldNotVerify,
        $"starting {tool}",
        $"it cannot be started ({inner.Message})",
        ToolPackages.Hint(tool),
        inner);
}
