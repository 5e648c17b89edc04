using System.Text.Json;
using Blackstart.Core.Conducting;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;
using Spectre.Console;

namespace Blackstart.Cli.Rendering;

/// <summary>Shows a run while it goes and what it came to: progress on standard error, the result on standard output.</summary>
internal static class RunView
{
    /// <summary>How every command writes JSON.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Runs something that reports to an observer, shows it, and gives the exit code.</summary>
    public static async Task<int> ShowAsync(Plan plan, string landing, string output, Func<IRunObserver, Task<RunReport>> run)
    {
        await Console.Error.WriteLineAsync(landing);
        RunReport report;
        if (IsTerminal())
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            await using var tree = new LiveTree(plan, plan.Name, console, TimeProvider.System);
            report = await run(tree);
        }
        else
        {
            report = await run(new PlainObserver(Console.Error, TimeProvider.System));
        }

        if (report.SealingFailure is { } failure)
        {
            await Console.Error.WriteAsync(ErrorText.Of(failure));
        }

        var json = report.ToJson();
        await Console.Out.WriteAsync(output == "json" ? json.ToJsonString(Json) + "\n" : ReportText.Of(json));
        return (int)report.ExitCode;
    }

    private static bool IsTerminal() =>
        !Console.IsErrorRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
}
