using System.Diagnostics;

namespace Blackstart.Systems.Tools;

/// <summary>Turns a command into what the runtime starts: no shell, and only the allow-listed environment.</summary>
internal static class ProcessStart
{
    private static readonly string[] Inherited = ["PATH", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ", "NO_COLOR", "DOTNET_ROOT"];

    public static ProcessStartInfo Of(Command command)
    {
        var start = new ProcessStartInfo(OwnProgram.Resolve(command.Tool))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = command.WorkingDirectory ?? "",
        };
        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        start.Environment["HOME"] = ToolHome.Path;
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
