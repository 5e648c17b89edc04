using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Bench.Measuring;

namespace Blackstart.Bench.Recovery;

/// <summary>
/// Whether anything but the steps themselves takes time: the time to recover of a power cut in a lab of its own, against the longest
/// path of steps' own times from the fault to the last gate.
/// </summary>
internal sealed class RecoveryTime : IBenchmark
{
    private const double Aim = 1.05;

    public string Name => "recovery";

    public string Question => "how much longer is the time to recover than the critical path's own steps?";

    public async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var program = FindProgram();
        var state = Directory.CreateTempSubdirectory("bs-bench-");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["BLACKSTART_STATE"] = state.FullName, ["CI"] = "true", ["BLACKSTART_CONFIG"] = Path.Combine(state.FullName, "lab", "blackstart.yaml") };
        Task<string> BlackstartAsync(CancellationToken token, params string[] words) => ToolProcess.RunAsync(program, words, token, environment);
        try
        {
            await BlackstartAsync(cancellationToken, "lab", "up");
            var plan = JsonNode.Parse(await BlackstartAsync(cancellationToken, "drill", "run", "power-cut", "--plan", "json"))!;

            // A verdict that is no success is reported by its reason rather than by the exit code.
            var result = JsonNode.Parse(await ToolProcess.RunAsync(program, ["drill", "run", "power-cut", "--output", "json"], cancellationToken, environment, 1, 2))!;
            if (result["timeToRecover"]?.GetValue<double>() is not { } seconds)
            {
                throw new InvalidOperationException($"the drill ended {result["verdict"]}: {result["reason"]}");
            }

            Print(output, result["verdict"]!.GetValue<string>(), TimeSpan.FromSeconds(seconds), CriticalPath.Of(plan, result));
        }
        finally
        {
            // Also when it was stopped: a lab must not outlive its benchmark.
            await BlackstartAsync(CancellationToken.None, "lab", "reset");
            state.Delete(recursive: true);
        }
    }

    private static void Print(TextWriter output, string verdict, TimeSpan timeToRecover, CriticalPath path)
    {
        var table = new Table("critical path", "from the fault", "own time");
        foreach (var step in path.Steps)
        {
            table.Add(step.Id, Sizes.Seconds(step.Started - path.Steps[0].Started), Sizes.Seconds(step.Duration));
        }

        table.Print(output);
        var ratio = timeToRecover / path.Length;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {verdict}; time to recover {timeToRecover.TotalSeconds:0.000} s, the path's own steps {path.Length.TotalSeconds:0.000} s"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ratio {ratio:0.000} (aim: at most {Aim:0.00}, {(ratio <= Aim ? "met" : "NOT met")})"));
    }

    private static string FindProgram()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var program = Path.Combine(folder.FullName, "blackstart");
            if (File.Exists(Path.Combine(folder.FullName, "Blackstart.slnx")) && File.Exists(program))
            {
                return program;
            }
        }

        throw new FileNotFoundException($"there is no ./blackstart above {AppContext.BaseDirectory}");
    }
}
