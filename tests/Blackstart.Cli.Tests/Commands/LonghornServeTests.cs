using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;

namespace Blackstart.Cli.Tests.Commands;

/// <summary><c>blackstart longhorn serve</c> as a process: what it prints, how it ends, what it refuses.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LonghornServeTests : IDisposable
{
    private const int Size = 1 << 20;

    // Beside the program rather than in /tmp, which may be a tmpfs and have no extents; the socket in /tmp, for its path must be short.
    private readonly DirectoryInfo _disk = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, Guid.NewGuid().ToString("N")));
    private readonly DirectoryInfo _sockets = Directory.CreateTempSubdirectory("bs-serve-");

    public void Dispose()
    {
        _disk.Delete(recursive: true);
        _sockets.Delete(recursive: true);
    }

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-INT")]
    public async Task It_says_where_it_serves_and_ends_well_when_it_is_told_to_end(string signal)
    {
        var socket = Path.Combine(_sockets.FullName, "s");
        using var process = Start("longhorn", "serve", Replica(), "--socket", socket);
        var address = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        address.ShouldBe($"nbd+unix:///pvc-served?socket={socket}");
        (await RunAsync("nbdinfo", "--size", address!)).Output.Trim().ShouldBe("1048576");
        (await RunAsync("kill", signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))).ExitCode.ShouldBe(0);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        (await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldContain("is unchanged");
        File.Exists(socket).ShouldBeFalse();
    }

    [Fact]
    public async Task A_socket_left_by_a_killed_server_is_replaced_and_once_ends_with_its_client()
    {
        var replica = Replica();
        var socket = Path.Combine(_sockets.FullName, "s");
        using (var killed = Start("longhorn", "serve", replica, "--socket", socket))
        {
            await killed.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        File.Exists(socket).ShouldBeTrue();
        using var process = Start("longhorn", "serve", replica, "--socket", socket, "--once", "--output", "json");
        var text = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (true)
        {
            var (exit, _, _) = await RunAsync("nbdcopy", $"nbd+unix:///pvc-served?socket={socket}", "null:");
            if (exit == 0)
            {
                break;
            }

            process.HasExited.ShouldBeFalse();
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        using var json = JsonDocument.Parse(await text);
        json.RootElement.GetProperty("size").GetInt64().ShouldBe(Size);
        json.RootElement.GetProperty("uri").GetString().ShouldEndWith(socket);
    }

    [Fact]
    public async Task Sixteen_clients_do_not_make_it_large()
    {
        var socket = Path.Combine(_sockets.FullName, "s");
        using var process = Start("longhorn", "serve", Replica(data: 32 << 20), "--socket", socket, "--once");
        var address = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
        await using (var held = await HoldAsync(socket))
        {
            var copies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RunAsync("nbdcopy", "--connections=3", "--request-size=1048576", address, "null:")));
            copies.ShouldAllBe(copy => copy.ExitCode == 0);
            var peak = (await File.ReadAllLinesAsync($"/proc/{process.Id}/status", TestContext.Current.CancellationToken)).Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            int.Parse(peak.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(150 * 1024);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData(64, "BS5090", "--port", "0", "--address", "0.0.0.0")]
    [InlineData(64, "BS5091", "--socket", "/nowhere/at/all")]
    [InlineData(64, "Name either")]
    [InlineData(64, "Name either", "--port", "0", "--socket", "/tmp/s")]
    [InlineData(64, "--port takes", "--port", "65536")]
    [InlineData(1, "BS5042", "--port", "0", "--snapshot", "none")]
    public async Task What_cannot_be_served_is_refused(int exit, string words, params string[] arguments)
    {
        using var process = Start(["longhorn", "serve", Replica(), .. arguments]);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(exit);
        error.ShouldContain(words);
    }

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "blackstart"), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string tool, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>A client that stays, so that the server does too.</summary>
    private static async Task<Blackstart.Longhorn.Nbd.NbdClient> HoldAsync(string socket) =>
        await Blackstart.Longhorn.Nbd.NbdClient.ConnectAsync(new Uri($"nbd+unix:///pvc-served?socket={socket}"), TestContext.Current.CancellationToken);

    /// <summary>A replica of one layer with some data.</summary>
    private string Replica(int data = 4096)
    {
        var size = Math.Max(Size, data * 2);
        var folder = _disk.CreateSubdirectory("replicas/pvc-served-0123abcd").FullName;
        using (var head = File.OpenHandle(Path.Combine(folder, "volume-head-000.img"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(head, size);
            RandomAccess.Write(head, Enumerable.Repeat((byte)1, data).ToArray(), 8192);
        }

        File.WriteAllText(Path.Combine(folder, "volume-head-000.img.meta"), """{"Name":"volume-head-000.img","Parent":"","Removed":false,"UserCreated":false,"Created":"2026-01-02T03:04:05Z","Labels":null}""");
        File.WriteAllText(Path.Combine(folder, "volume.meta"), $$"""{"Size":{{size}},"Head":"volume-head-000.img","Dirty":true,"Rebuilding":false,"Error":"","Parent":"","SectorSize":512,"BackingFilePath":""}""");
        return folder;
    }
}
