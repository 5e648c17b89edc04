namespace Blackstart.Lab.Tests.Kubernetes;

/// <summary>The recorded answers of a real API server, where their folder lies beside the repository.</summary>
public sealed class ConformanceTests
{
    private const string Required =
        "01 02 03 04 06 07 08 09 10 11 12 14 15 17 19 20 21 22 23 28 30 31 32 33 34 35 39 40 41 42 43 44 46 47 49 50 52 53 54 55 58 60 61 63 64 65 66 67 68 71";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_required_cases_pass()
    {
        if (Script() is not { } script)
        {
            return;
        }

        await using var cluster = new LabCluster();
        await cluster.InitializeAsync();
        var run = await ToolRun.OfAsync(
            "bash",
            "bash",
            [script, cluster.Kubeconfig],
            null,
            new Dictionary<string, string> { ["ONLY"] = Required },
            Cancelled);
        var expected = $"{Required.Split(' ').Length} passed, 0 failed";
        run.Output.TrimEnd().Split('\n')[^1].ShouldBe(expected, run.Output + run.Error);
    }

    private static string? Script()
    {
        var shared = Environment.GetEnvironmentVariable("BLACKSTART_SHARED");
        if (string.IsNullOrEmpty(shared))
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (root is not null && !File.Exists(Path.Combine(root.FullName, "Blackstart.slnx")))
            {
                root = root.Parent;
            }

            shared = root?.Parent is { } parent ? Path.Combine(parent.FullName, "shared") : string.Empty;
        }

        var script = Path.Combine(shared, "conformance", "kubernetes", "run.sh");
        return File.Exists(script) ? script : null;
    }
}
