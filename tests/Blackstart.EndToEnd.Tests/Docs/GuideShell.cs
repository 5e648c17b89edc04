using System.Diagnostics;
using Blackstart.EndToEnd.Tests.Lab;

namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>An operator's shell on a lab: <c>blackstart</c> and the lab's kubeconfig at hand, the variables of the guide set.</summary>
internal sealed class GuideShell : IDisposable
{
    private readonly string _state;
    private readonly Dictionary<string, string> _variables;

    private GuideShell(string state, Dictionary<string, string> variables)
    {
        _state = state;
        _variables = variables;
    }

    /// <summary>Sets the variables: the disks of the nodes, and two orphaned replicas of the volume <c>documents</c>.</summary>
    public static async Task<GuideShell> StartAsync(LabFixture lab, IReadOnlyList<string> roots, IEnumerable<string> orphans, CancellationToken cancellationToken)
    {
        var status = await lab.StatusAsync();
        var tools = Directory.CreateDirectory(Path.Combine(lab.Program.State, "bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(tools, "blackstart"), BlackstartProgram.Path);
        var kubeconfig = Path.Combine(lab.Program.State, "kubeconfig");
        File.Copy(status["kubeconfig"]!.GetValue<string>(), kubeconfig, overwrite: true);
        var documents = orphans.Where(d => Path.GetFileName(d).StartsWith("documents-", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        var shell = new GuideShell(lab.Program.State, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin",
            ["BLACKSTART_STATE"] = lab.Program.State,
            ["KUBECONFIG"] = kubeconfig,
            ["ROOT"] = roots[0],
            ["ROOT2"] = roots[1],
            ["ROOT3"] = roots[2],
            ["DIR"] = documents[0],
            ["DIR2"] = documents[1],
            ["VOLUME"] = "documents",
            ["NODE"] = "pi1",
            ["SOCKET"] = Path.Combine(lab.Program.State, "documents.sock"),
            ["COPY"] = Path.Combine(lab.Program.State, "copy.raw"),
            ["IMAGE"] = Path.Combine(lab.Program.State, "documents.raw"),
        });
        (await shell.RunAsync($"kubectl config use-context {status["context"]!.GetValue<string>()}", cancellationToken)).ExitCode.ShouldBe(0);
        return shell;
    }

    /// <summary>Types a block.</summary>
    public async Task<ProgramResult> RunAsync(string block, CancellationToken cancellationToken)
    {
        using var process = Start(block);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new ProgramResult(process.ExitCode, await output, await error);
    }

    /// <summary>Types a block that goes on until it is stopped, and waits for its socket.</summary>
    public async Task<Process> StartServerAsync(string block, CancellationToken cancellationToken)
    {
        var process = Start("exec " + block);
        while (!File.Exists(_variables["SOCKET"]))
        {
            process.HasExited.ShouldBeFalse();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }

        return process;
    }

    public void Dispose() => Directory.Delete(Path.Combine(_state, "bin"), recursive: true);

    private Process Start(string block)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", block])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _state,
        };
        start.Environment.Remove("BLACKSTART_CONFIG");
        foreach (var (name, value) in _variables)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
