using System.Globalization;
using System.Security.Cryptography;
using Blackstart.Systems.Tools;
using Npgsql;

namespace Blackstart.Lab.Hosting.Services;

/// <summary>The real PostgreSQL beside the cluster, on pi2. It refuses to run as root and is then started as user <c>postgres</c>.</summary>
internal sealed class PostgresService(LabLayout layout, LabState state, ICommandLine commandLine)
{
    public const string Name = "postgres";
    public const string User = "blackstart";

    private readonly ProcessTable _table = new(layout);

    public static ServiceDefinition Define(LabLayout layout, LabState state, ICommandLine commandLine)
    {
        var service = new PostgresService(layout, state, commandLine);
        return new ServiceDefinition(Name, service.PrepareAsync, service.IsReadyAsync)
        {
            // "Fast" shutdown: open connections are ended, everything is written.
            StopSignal = Signals.Interrupt,
        };
    }

    /// <summary>Npgsql's connection string of the superuser.</summary>
    public static async Task<string> ConnectionStringAsync(LabLayout layout, LabState state, string database, CancellationToken cancellationToken) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = state.Ports.Postgres,
            Username = User,
            Password = (await File.ReadAllTextAsync(layout.PostgresPassword, cancellationToken)).Trim(),
            Database = database,
            Pooling = false,
            Timeout = 5,
            CommandTimeout = 10,
        }.ConnectionString;

    private async Task<Launch> PrepareAsync(CancellationToken cancellationToken)
    {
        var programs = Programs.PostgresFolder();
        var privileges = Privileges();
        if (!File.Exists(Path.Combine(layout.Postgres, "PG_VERSION")))
        {
            await InitializeAsync(programs, privileges, cancellationToken);
        }

        EndOrphans();
        return new Launch(
            Name,
            Path.Combine(programs, "postgres"),
            [
                "-D", layout.Postgres,
                "-c", "listen_addresses=127.0.0.1",
                "-c", string.Create(CultureInfo.InvariantCulture, $"port={state.Ports.Postgres}"),
                "-c", "unix_socket_directories=",
                "-c", "shared_buffers=32MB",
                "-c", "fsync=on",
                "-c", "synchronous_commit=on",
            ],
            Real: true)
        { Privileges = privileges };
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync(layout, state, "postgres", cancellationToken));
        await connection.OpenAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// Children outlive a killed postmaster for a moment and hold its shared memory; and a stale postmaster.pid whose number
    /// some other process has by now would stop the start. No PostgreSQL of this lab runs here, so both can go.
    /// </summary>
    private void EndOrphans()
    {
        foreach (var orphan in _table.PostgresProcesses())
        {
            Signals.Send(orphan.Pid, orphan.StartTime, Signals.Kill);
        }

        SpinWait.SpinUntil(() => _table.PostgresProcesses().Count == 0, TimeSpan.FromSeconds(5));
        File.Delete(Path.Combine(layout.Postgres, "postmaster.pid"));
    }

    private async Task InitializeAsync(string programs, IReadOnlyList<string>? privileges, CancellationToken cancellationToken)
    {
        var password = File.Exists(layout.PostgresPassword)
            ? (await File.ReadAllTextAsync(layout.PostgresPassword, cancellationToken)).Trim()
            : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await SecretFile.WriteAsync(layout.PostgresPassword, password + "\n", cancellationToken);
        await SecretFile.WriteAsync(
            layout.PostgresPassFile,
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{state.Ports.Postgres}:*:{User}:{password}\n"),
            cancellationToken);

        // Built beside its place and moved there when complete: a crash half way through leaves nothing that looks initialized.
        var building = layout.Postgres + ".new";
        var passwordFile = building + ".password";
        if (Directory.Exists(building))
        {
            Directory.Delete(building, recursive: true);
        }

        Directory.CreateDirectory(building);
        await SecretFile.WriteAsync(passwordFile, password + "\n", cancellationToken);
        if (privileges is not null)
        {
            await commandLine.RunAsync(new Command("chown", "postgres:postgres", building, passwordFile), cancellationToken);
        }

        IReadOnlyList<string> initialize =
        [
            Path.Combine(programs, "initdb"), "-D", building, "-N", "-U", User, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8",
            $"--pwfile={passwordFile}",
        ];
        var command = privileges is null
            ? new Command(initialize[0], [.. initialize.Skip(1)])
            : new Command("setpriv", [.. privileges, "--", .. initialize]);
        await commandLine.RunAsync(command with { WorkingDirectory = "/" }, cancellationToken);
        File.Delete(passwordFile);
        Directory.Move(building, layout.Postgres);
    }

    /// <summary>Null for an ordinary user, who runs it as himself.</summary>
    private List<string>? Privileges()
    {
        if (!Signals.IsRoot())
        {
            return null;
        }

        List<string> privileges = ["--reuid", "postgres", "--regid", "postgres", "--init-groups"];
        if (!IsReachableByAll())
        {
            // Root's home is closed to other users: the one capability lets the server pass through it to its own folder.
            privileges.AddRange(["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]);
        }

        return privileges;
    }

    private bool IsReachableByAll()
    {
        for (var folder = Path.GetDirectoryName(layout.Postgres); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!OperatingSystem.IsWindows() && !File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }
}
