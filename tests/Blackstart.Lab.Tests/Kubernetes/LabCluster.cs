using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes;

namespace Blackstart.Lab.Tests.Kubernetes;

/// <summary>A cluster of the lab without nodes: etcd and the API server, in a temporary folder.</summary>
public sealed class LabCluster : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("blackstart-kubernetes-").FullName;
    private EtcdProcess? _etcd;
    private KubernetesServer? _server;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    public string Folder => _folder;

    public Uri Address => _server!.Address;

    public string AdministratorToken => File.ReadAllText(Path.Combine(_folder, "keys", "admin.token"));

    public async ValueTask InitializeAsync()
    {
        _etcd = EtcdProcess.Start(Path.Combine(_folder, "etcd"));
        await StartServerAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _etcd?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Stops the server, kills etcd, and starts both again on the same folders.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        _etcd!.Dispose();
        await _server!.DisposeAsync();
        _etcd = EtcdProcess.Start(Path.Combine(_folder, "etcd"));
        await StartServerAsync(cancellationToken);
    }

    internal Task<ToolRun> TryKubectlAsync(string? input, params IEnumerable<string> arguments) => ToolRun.OfAsync(
        "kubectl",
        "kubernetes-client",
        [$"--kubeconfig={Kubeconfig}", $"--cache-dir={Path.Combine(_folder, "cache")}", .. arguments],
        input,
        null,
        Cancelled);

    internal async Task<string> KubectlAsync(params IEnumerable<string> arguments)
    {
        var run = await TryKubectlAsync(null, arguments);
        run.ExitCode.ShouldBe(0, run.Error);
        return run.Output;
    }

    internal async Task<string> ApplyAsync(string manifest)
    {
        var run = await TryKubectlAsync(manifest, "apply", "-f", "-");
        run.ExitCode.ShouldBe(0, run.Error);
        return run.Output;
    }

    /// <summary>Waits until a kubectl command succeeds and its output fits.</summary>
    internal async Task UntilAsync(Func<ToolRun, bool> holds, params IEnumerable<string> arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(Patience);
        var command = arguments.ToList();
        while (true)
        {
            var run = await TryKubectlAsync(null, command);
            if (holds(run))
            {
                return;
            }

            limit.IsCancellationRequested.ShouldBeFalse($"kubectl {string.Join(' ', command)} still says: {run.Output}{run.Error}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
        }
    }

    /// <summary>A client that trusts the server's authority, with a token or without.</summary>
    internal HttpClient Client(string? token)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPemFile(Path.Combine(_folder, "keys", "ca.crt"));
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } };
        var client = new HttpClient(handler) { BaseAddress = Address };
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    internal static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private async Task StartServerAsync(CancellationToken cancellationToken) => _server = await KubernetesServer.StartAsync(
        new KubernetesServerOptions { EtcdUrl = _etcd!.Address, Folder = Path.Combine(_folder, "keys"), KubeconfigPath = Kubeconfig, ContextName = "lab" },
        TimeProvider.System,
        cancellationToken);
}
