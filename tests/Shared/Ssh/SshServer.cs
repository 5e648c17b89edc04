using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Blackstart.Tests.Shared.Ssh;

/// <summary>
/// A real sshd on a free port of loopback, with keys of its own: it lets in whoever has <see cref="IdentityFile"/>, as the user that
/// runs the tests, and nobody else. Nothing of the machine's own ssh configuration is read or changed; nothing of it survives the test.
/// </summary>
internal sealed class SshServer : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] DefaultHosts = ["pi1", "pi2", "pi3"];

    private readonly string _folder;
    private readonly Process _process;

    private SshServer(string folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The server's process id: killing it is a node that goes down.</summary>
    public int ProcessId => _process.Id;

    /// <summary>The server's host key, as <c>UserKnownHostsFile</c> wants it.</summary>
    public string KnownHostsFile => Path.Combine(_folder, "known_hosts");

    /// <summary>The client's private key, mode 0600, without a passphrase.</summary>
    public string IdentityFile => Path.Combine(_folder, "id");

    /// <summary>An <c>ssh_config</c> that knows the hosts: <c>ssh -F FILE pi1 COMMAND</c>. Host keys are checked strictly.</summary>
    public string ConfigFile => Path.Combine(_folder, "ssh_config");

    /// <summary>What sshd wrote to its log.</summary>
    public string Log => ReadLog(_folder);

    /// <summary>Starts a server.</summary>
    /// <param name="hosts">The host names in <see cref="ConfigFile"/>; pi1, pi2 and pi3 when null.</param>
    /// <param name="environment">Variables of every session; values without spaces. (The user's shell may read its start files and add to <c>PATH</c>.)</param>
    /// <param name="forceCommand">What runs instead of what the client asks for (which is in <c>SSH_ORIGINAL_COMMAND</c>); null for nothing.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<SshServer> StartAsync(
        IReadOnlyList<string>? hosts = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? forceCommand = null,
        CancellationToken cancellationToken = default)
    {
        var folder = Directory.CreateTempSubdirectory("bs-ssh-").FullName;
        try
        {
            await KeyAsync(Path.Combine(folder, "host_key"), cancellationToken);
            await KeyAsync(Path.Combine(folder, "id"), cancellationToken);
            File.Copy(Path.Combine(folder, "id.pub"), Path.Combine(folder, "authorized_keys"));
            PrivilegeSeparation();
            for (var attempt = 1; ; attempt++)
            {
                var port = FreePort();
                await ConfigureAsync(folder, port, hosts ?? DefaultHosts, environment, forceCommand, cancellationToken);
                var process = Launch(Program("sshd"), ["-D", "-f", Path.Combine(folder, "sshd_config"), "-E", Path.Combine(folder, "log")]);
                if (await AnswersAsync(process, port, cancellationToken))
                {
                    return new SshServer(folder, process, port);
                }

                var failed = ReadLog(folder);
                await EndAsync(process);

                // Another process may have taken the port in between.
                if (attempt == Attempts || !failed.Contains("Cannot bind", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException($"sshd did not start: {failed}");
                }
            }
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process);
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task ConfigureAsync(
        string folder,
        int port,
        IReadOnlyList<string> hosts,
        IReadOnlyDictionary<string, string>? environment,
        string? forceCommand,
        CancellationToken cancellationToken)
    {
        var server = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ListenAddress 127.0.0.1:{port}
            HostKey {folder}/host_key
            AuthorizedKeysFile {folder}/authorized_keys
            PidFile none
            UsePAM no
            StrictModes no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            AllowUsers {Environment.UserName}
            UseDNS no
            PrintMotd no
            MaxStartups 100
            MaxSessions 100
            LogLevel VERBOSE
            Subsystem sftp internal-sftp

            """));
        if (environment is { Count: > 0 })
        {
            server.Append("SetEnv ").AppendJoin(' ', environment.Select(variable => $"{variable.Key}={variable.Value}")).Append('\n');
        }

        if (forceCommand is not null)
        {
            server.Append("ForceCommand ").Append(forceCommand).Append('\n');
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "sshd_config"), server.ToString(), cancellationToken);
        var hostKey = (await File.ReadAllTextAsync(Path.Combine(folder, "host_key.pub"), cancellationToken)).Split(' ');
        await File.WriteAllTextAsync(
            Path.Combine(folder, "known_hosts"),
            string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{port} {hostKey[0]} {hostKey[1]}\n"),
            cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "ssh_config"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                Host {string.Join(' ', hosts)}
                    HostName 127.0.0.1
                    Port {port}
                    User {Environment.UserName}
                    IdentityFile {folder}/id
                    IdentitiesOnly yes
                    IdentityAgent none
                    UserKnownHostsFile {folder}/known_hosts
                    GlobalKnownHostsFile /dev/null
                    StrictHostKeyChecking yes
                    BatchMode yes
                    ControlMaster no

                """),
            cancellationToken);
    }

    private static async Task KeyAsync(string file, CancellationToken cancellationToken)
    {
        using var process = Launch(Program("ssh-keygen"), ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ssh-keygen ended with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    /// <summary>As root sshd changes its root into this folder, which otherwise the service makes; as another user it does not ask for it.</summary>
    private static void PrivilegeSeparation()
    {
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory("/run/sshd", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
    }

    /// <summary>Waits for the server's greeting; false when it ends before.</summary>
    private static async Task<bool> AnswersAsync(Process process, int port, CancellationToken cancellationToken)
    {
        var greeting = new byte[8];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience && !process.HasExited;)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                await client.GetStream().ReadExactlyAsync(greeting, cancellationToken);
                if (!process.HasExited && greeting.AsSpan().SequenceEqual("SSH-2.0-"u8))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }

        return false;
    }

    /// <summary>Its sessions end with it, as on a machine that is switched off.</summary>
    private static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private static string ReadLog(string folder)
    {
        var file = Path.Combine(folder, "log");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private static Process Launch(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        }
        catch (Win32Exception problem)
        {
            throw new InvalidOperationException($"{program} cannot be started: install openssh-server and openssh-client (scripts/prerequisites does)", problem);
        }
    }

    /// <summary>sshd wants to be started by its full path, and an ordinary user's PATH lacks its folder.</summary>
    private static string Program(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(file => Path.IsPathRooted(file) && File.Exists(file)) ?? name;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
