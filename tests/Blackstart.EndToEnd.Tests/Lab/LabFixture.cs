using System.Globalization;
using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>A lab of its own for the tests of one class, up and provisioned; nothing is left of it afterwards.</summary>
public sealed class LabFixture : IAsyncLifetime
{
    internal BlackstartProgram Program { get; } = new(Directory.CreateTempSubdirectory("bs-").FullName);

    public async ValueTask InitializeAsync()
    {
        var up = await Program.RunAsync("lab", "up");
        up.ExitCode.ShouldBe(0, up.ToString() + Logs());
    }

    public async ValueTask DisposeAsync()
    {
        var pids = (await StatusAsync())["processes"]!.AsArray().Select(p => p!["pid"]!.GetValue<int>()).ToList();
        var reset = await Program.RunAsync("lab", "reset");
        reset.ExitCode.ShouldBe(0, reset.ToString());
        pids.ShouldAllBe(pid => !IsOurs(pid));
        Directory.Delete(Program.State, recursive: true);
    }

    internal async Task<JsonObject> StatusAsync()
    {
        var status = await Program.RunAsync("lab", "status", "--output", "json");
        return JsonNode.Parse(status.Output)!.AsObject();
    }

    /// <summary>The last lines of the lab's logs, for the message of a test that failed.</summary>
    internal string Logs()
    {
        var logs = Path.Combine(Program.Lab, "logs");
        return !Directory.Exists(logs)
            ? ""
            : string.Concat(Directory.EnumerateFiles(logs).Select(f => string.Create(CultureInfo.InvariantCulture, $"\n--- {f}\n{string.Join('\n', File.ReadLines(f).TakeLast(15))}")));
    }

    private bool IsOurs(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(Program.State, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
