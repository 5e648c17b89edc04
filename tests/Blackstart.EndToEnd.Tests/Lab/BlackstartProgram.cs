using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>The built command line, run as a person runs it, with a state folder of its own.</summary>
internal sealed class BlackstartProgram(string state)
{
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, "..", "..", "Blackstart.Cli", "release", "blackstart"));

    public string State => state;

    public string Lab => System.IO.Path.Combine(state, "lab");

    public string Estate => System.IO.Path.Combine(Lab, "blackstart.yaml");

    public string Runs => System.IO.Path.Combine(state, "runs");

    /// <summary>Variables added to the environment of every start.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = state,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["BLACKSTART_STATE"] = state;
        start.Environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        start.Environment.Remove("BLACKSTART_CONFIG");
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    public async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, TestContext.Current.CancellationToken);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(both.Token);
            var error = process.StandardError.ReadToEndAsync(both.Token);
            await process.WaitForExitAsync(both.Token);
            return new ProgramResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException e)
        {
            process.Kill();
            throw new TimeoutException($"blackstart {string.Join(' ', arguments)} took too long", e);
        }
    }

    /// <summary>Runs a command that must end with this exit code and gives its JSON.</summary>
    public async Task<JsonObject> JsonAsync(int exitCode, params string[] arguments)
    {
        var result = await RunAsync([.. arguments, "--output", "json"]);
        result.ExitCode.ShouldBe(exitCode, result.ToString());
        return JsonNode.Parse(result.Output)!.AsObject();
    }
}
