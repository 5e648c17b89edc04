using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Blackstart.Lab.Kubernetes;
using Blackstart.Lab.Tests.Vault;

[assembly: AssemblyFixture(typeof(ThrowawayCluster))]

namespace Blackstart.Lab.Tests.Vault;

/// <summary>The lab's Kubernetes API over an etcd of its own; started by the first test that asks for it.</summary>
public sealed class ThrowawayCluster : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1, 1);
    private string _folder = string.Empty;
    private Process? _etcd;
    private KubernetesServer? _server;

    /// <summary>Path of the kubeconfig of a running API server.</summary>
    public async Task<string> KubeconfigAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_server is null)
            {
                await StartAsync();
            }

            return Path.Combine(_folder, "kubeconfig");
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_etcd is { HasExited: false })
        {
            _etcd.Kill();
            await _etcd.WaitForExitAsync();
        }

        _etcd?.Dispose();
        _starting.Dispose();
        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("vault-kube").FullName;
        var (client, peer) = (Address(FreePort()), Address(FreePort()));
        var start = new ProcessStartInfo(
            "etcd",
            [
                "--data-dir", Path.Combine(_folder, "etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}",
                "--heartbeat-interval", "20", "--election-timeout", "200", "--unsafe-no-fsync",
            ])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            start.Environment["ETCD_UNSUPPORTED_ARCH"] = "arm64";
        }

        _etcd = Process.Start(start)!;
        _etcd.BeginErrorReadLine();
        _etcd.BeginOutputReadLine();
        _server = await KubernetesServer.StartAsync(
            new KubernetesServerOptions
            {
                EtcdUrl = new Uri(client),
                Folder = Path.Combine(_folder, "server"),
                KubeconfigPath = Path.Combine(_folder, "kubeconfig"),
                ContextName = "test",
            },
            TimeProvider.System,
            CancellationToken.None);
    }

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
