using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Blackstart.Lab.Tests.Vault;

/// <summary>A Vault in a process of its own.</summary>
internal sealed class VaultChild : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private VaultChild(Process process, Uri address)
    {
        _process = process;
        Client = new VaultClient(address);
        _errors = process.StandardError.ReadToEndAsync();
    }

    public VaultClient Client { get; }

    public static VaultChild Start(string device)
    {
        var port = FreePort();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment[ChildVault.Variable] = $"--listen\n127.0.0.1:{port}\n--device\n{device}";
        return new VaultChild(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"));
    }

    /// <summary>Waits until it answers; false when it ended instead.</summary>
    public async Task<bool> AnswersAsync()
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(20) && !_process.HasExited)
        {
            try
            {
                await Client.SendAsync("GET", "sys/health");
                return true;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }

        return false;
    }

    public async Task<(int ExitCode, string Errors)> EndAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        await _process.WaitForExitAsync(deadline.Token);
        return (_process.ExitCode, await _errors);
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        Client.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
