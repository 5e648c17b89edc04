using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Blackstart.Lab.Tests.Vault;
using Npgsql;

[assembly: AssemblyFixture(typeof(ThrowawayPostgres))]

namespace Blackstart.Lab.Tests.Vault;

/// <summary>A real PostgreSQL on loopback that lives as long as the tests.</summary>
public sealed class ThrowawayPostgres : IAsyncLifetime
{
    private const string Password = "Drill-Admin-1";
    private string _folder = string.Empty;
    private Process? _server;

    public string Binaries { get; } = FindBinaries();

    public int Port { get; private set; }

    /// <summary>For a connection as the administrator.</summary>
    public string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username=postgres;Password={Password};Database=postgres;Pooling=false");

    public string Url => string.Create(CultureInfo.InvariantCulture, $"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{Port}/postgres?sslmode=disable");

    public string AdminPassword => Password;

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("vault-pg").FullName;
        var data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(data);
        var password = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(password, Password);
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "-R", "postgres:postgres", _folder);
        }

        await RunAsync([.. AsUser, Path.Combine(Binaries, "initdb"), "-D", data, "-N", "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password]);
        Port = FreePort();
        _server = Start(
        [
            .. AsUser, Path.Combine(Binaries, "postgres"), "-D", data, "-k", _folder, "-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=50",
        ]);
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ScalarAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (deadline.Elapsed < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async Task<bool> HasRoleAsync(string name) => await ScalarAsync($"SELECT 1 FROM pg_roles WHERE rolname = '{name}'") is not null;

    public async Task<bool> LogsInAsync(string name, string password)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Username = name, Password = password }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return true;
        }
        catch (PostgresException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            // An immediate shutdown: the postmaster ends its children itself.
            await RunAsync("kill", "-QUIT", _server.Id.ToString(CultureInfo.InvariantCulture));
            await _server.WaitForExitAsync();
        }

        _server?.Dispose();
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static string[] AsUser => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"]
        : [];

    private static string FindBinaries()
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return versions.Select(version => Path.Combine(version, "bin")).OrderDescending(StringComparer.Ordinal).FirstOrDefault(Directory.Exists)
            ?? Environment.GetEnvironmentVariable("PATH")!.Split(':').First(folder => File.Exists(Path.Combine(folder, "initdb")));
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static async Task RunAsync(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{string.Join(' ', command)}: {await output}{await errors}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
