using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Blackstart.Lab.Tests.Kubernetes;

/// <summary>A real etcd on free ports, in a folder of its own.</summary>
internal sealed class EtcdProcess : IDisposable
{
    private readonly Process _process;

    private EtcdProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public static EtcdProcess Start(string folder)
    {
        var (client, peer) = (FreePort(), FreePort());
        var address = $"http://127.0.0.1:{client}";
        var peerAddress = $"http://127.0.0.1:{peer}";
        var start = new ProcessStartInfo("etcd") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
            ["--data-dir", folder, "--name", "test", "--listen-client-urls", address, "--advertise-client-urls", address,
            "--listen-peer-urls", peerAddress, "--initial-advertise-peer-urls", peerAddress, "--initial-cluster", $"test={peerAddress}"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = ToolRun.Start(start, "etcd-server");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new EtcdProcess(process, new Uri(address));
    }

    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
