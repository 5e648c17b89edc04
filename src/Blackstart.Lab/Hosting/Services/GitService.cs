using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Hosting.Services;

/// <summary>The real git beside the cluster, on pi2: its own daemon, serving one repository.</summary>
internal sealed class GitService(LabLayout layout, LabState state, ICommandLine commandLine)
{
    public const string Name = "git";
    public const string Repository = "estate.git";

    // Neither the operator's own configuration nor the machine's has a say in what the lab holds.
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        ["GIT_CONFIG_SYSTEM"] = "/dev/null",
        ["GIT_AUTHOR_NAME"] = "lab",
        ["GIT_AUTHOR_EMAIL"] = "lab@pi-lab.example",
        ["GIT_COMMITTER_NAME"] = "lab",
        ["GIT_COMMITTER_EMAIL"] = "lab@pi-lab.example",
    };

    public static ServiceDefinition Define(LabLayout layout, LabState state, ICommandLine commandLine)
    {
        var service = new GitService(layout, state, commandLine);
        return new ServiceDefinition(Name, service.PrepareAsync, service.IsReadyAsync) { Grace = TimeSpan.FromSeconds(2) };
    }

    private async Task<Launch> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path.Combine(layout.Git, Repository)))
        {
            await SeedAsync(cancellationToken);
        }

        return new Launch(
            Name,
            Programs.GitDaemon(),
            [
                "--listen=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"--port={state.Ports.Git}"), "--reuseaddr",
                $"--base-path={layout.Git}", "--export-all", "--informative-errors", layout.Git,
            ],
            Real: true)
        { Environment = Settings };
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, state.Ports.Git), cancellationToken);
        return true;
    }

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        var building = Path.Combine(layout.Temporary, "git");
        if (Directory.Exists(building))
        {
            Directory.Delete(building, recursive: true);
        }

        var bare = Path.Combine(building, Repository);
        var work = Path.Combine(building, "work");
        Directory.CreateDirectory(work);
        await RunAsync(["init", "--quiet", "--bare", "--initial-branch=main", bare], cancellationToken);
        await RunAsync(["init", "--quiet", "--initial-branch=main", work], cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(work, "README.md"),
            "# pi-lab\n\nManifests of the pi-lab estate: Longhorn, Vault, its secrets operator, the ERP and the document archive.\n",
            cancellationToken);
        await RunAsync(["-C", work, "add", "--all"], cancellationToken);
        await RunAsync(["-C", work, "commit", "--quiet", "--message", "Describe the estate"], cancellationToken);
        await RunAsync(["-C", work, "push", "--quiet", bare, "main"], cancellationToken);
        Directory.CreateDirectory(layout.Git);
        Directory.Move(bare, Path.Combine(layout.Git, Repository));
        Directory.Delete(building, recursive: true);
    }

    private Task<CommandResult> RunAsync(string[] arguments, CancellationToken cancellationToken) =>
        commandLine.RunAsync(new Command("git", arguments) { Environment = Settings }, cancellationToken);
}
