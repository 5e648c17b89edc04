using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Kubernetes;
using Blackstart.Lab.Longhorn;
using Blackstart.Lab.Longhorn.Engine;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>A real etcd, the lab's API server, and its Longhorn with three nodes.</summary>
internal sealed class LonghornLab : IAsyncDisposable
{
    public const string Ns = "longhorn-system";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _etcd;
    private readonly KubernetesServer _server;
    private readonly List<string> _log = [];
    private CancellationTokenSource? _stop;
    private Task _longhorn = Task.CompletedTask;

    private LonghornLab(LabLayout layout, Process etcd, KubernetesServer server, ClusterClient client)
    {
        Layout = layout;
        _etcd = etcd;
        _server = server;
        Client = client;
    }

    public LabLayout Layout { get; }

    public ClusterClient Client { get; }

    public string LogText
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<LonghornLab> StartAsync()
    {
        var layout = new LabLayout(Directory.CreateTempSubdirectory("bs-lh-").FullName);
        var etcd = StartEtcd(layout, out var url);
        try
        {
            var options = new KubernetesServerOptions
            {
                EtcdUrl = url,
                Folder = layout.Pki,
                KubeconfigPath = layout.Kubeconfig,
                ContextName = "lab",
                Webhooks = SettingRules.Webhooks,
            };
            var server = await KubernetesServer.StartAsync(options, TimeProvider.System, Token);
            var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, TimeProvider.System, Token);
            var lab = new LonghornLab(layout, etcd, server, client);
            await client.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: longhorn-system}}", Token);
            await lab.ApplyDefinitionsAsync();
            lab.StartLonghorn();
            return lab;
        }
        catch
        {
            etcd.Kill();
            throw;
        }
    }

    public Task ApplyDefinitionsAsync() => Client.ApplyAsync(LonghornCrds.Yaml, Token);

    public void StartLonghorn()
    {
        _stop = new CancellationTokenSource();
        var token = _stop.Token;
        _longhorn = Task.Run(() => LonghornProcess.RunAsync(Layout, Layout.Kubeconfig, TimeProvider.System, Log, token), CancellationToken.None);
    }

    /// <summary>Ends Longhorn; afterwards every replica is dirty, as if it had been killed.</summary>
    public async Task CrashLonghornAsync()
    {
        await StopLonghornAsync();
        foreach (var directory in LabLayout.NodeNames.SelectMany(node => Directory.GetDirectories(Path.Combine(Layout.LonghornDisk(node), "replicas"))))
        {
            if (ReplicaDirectory.Inspect(directory) is { } meta)
            {
                ReplicaFiles.Write(Path.Combine(directory, ReplicaFiles.VolumeMeta), meta with { Dirty = true });
            }
        }
    }

    public async Task StopLonghornAsync()
    {
        if (_stop is not null)
        {
            await _stop.CancelAsync();
            try
            {
                await _longhorn;
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }

            _stop.Dispose();
            _stop = null;
        }
    }

    /// <summary>What the power cut's aftermath does: finalizers off, definitions deleted, and made again.</summary>
    public async Task WipeDefinitionsAsync()
    {
        foreach (var type in LonghornKinds.Watched)
        {
            foreach (var item in await Client.ListAsync(type, Ns, Token))
            {
                await Client.PatchAsync(type, Ns, item.Name(), new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray() } }, Token);
            }
        }

        foreach (var definition in await Client.ListAsync(ResourceType.CustomResourceDefinitions, null, Token))
        {
            await Client.DeleteAsync(ResourceType.CustomResourceDefinitions, null, definition.Name(), Token);
        }

        await UntilAsync(
            "the definitions are gone",
            async () => (await Client.ListAsync(ResourceType.CustomResourceDefinitions, null, Token)).Count == 0);
        await ApplyDefinitionsAsync();
    }

    public Task CreateVolumeAsync(string name, long size = 8 * 1024 * 1024, int replicas = 3) => Client.CreateAsync(
        LonghornKinds.Volumes,
        new JsonObject
        {
            ["apiVersion"] = "longhorn.io/v1beta2",
            ["kind"] = "Volume",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Ns },
            ["spec"] = new JsonObject { ["size"] = size.ToString(System.Globalization.CultureInfo.InvariantCulture), ["numberOfReplicas"] = replicas, ["frontend"] = "blockdev" },
        },
        Token);

    public Task<JsonObject> VolumeAsync(string name, Func<JsonObject, bool> condition) => ObjectAsync(LonghornKinds.Volumes, name, condition);

    public async Task<JsonObject> ObjectAsync(ResourceType type, string name, Func<JsonObject, bool> condition)
    {
        JsonObject? item = null;
        await UntilAsync($"{type.Plural} {name}", async () => (item = await Client.GetAsync(type, Ns, name, Token)) is not null && condition(item), () => item?.ToJsonString());
        return item!;
    }

    public async Task<IReadOnlyList<JsonObject>> ReplicasAsync(string volume) =>
        [.. (await Client.ListAsync(LonghornKinds.Replicas, Ns, Token)).Where(replica => replica.IsVolume(volume)).OrderBy(replica => replica.TextAt("spec", "nodeID"), StringComparer.Ordinal)];

    public string PathOf(JsonObject replica) =>
        Path.Combine(replica.TextAt("spec", "diskPath")!, "replicas", replica.TextAt("spec", "dataDirectoryName")!);

    public async Task TicketAsync(string volume, string id, string? node, string type = "longhorn-api", bool maintenance = false)
    {
        await ObjectAsync(LonghornKinds.Attachments, volume, _ => true);
        var ticket = node is null ? null : new JsonObject
        {
            ["id"] = id,
            ["type"] = type,
            ["nodeID"] = node,
            ["generation"] = 3,
            ["parameters"] = new JsonObject { ["disableFrontend"] = maintenance ? "true" : "false", ["lastAttachedBy"] = "test" },
        };
        await Client.PatchAsync(
            LonghornKinds.Attachments,
            Ns,
            volume,
            new JsonObject { ["spec"] = new JsonObject { ["attachmentTickets"] = new JsonObject { [id] = ticket } } },
            Token);
    }

    public async Task SatisfiedAsync(string volume, string id) =>
        await ObjectAsync(LonghornKinds.Attachments, volume, attachment => IsSatisfied(attachment, id));

    public static bool IsSatisfied(JsonObject attachment, string id) =>
        attachment.At("status", "attachmentTicketStatuses", id) is JsonObject status && status.Flag("satisfied") && status.Number(0, "generation") == 3;

    public async Task<string> AttachAsync(string volume, string node)
    {
        await TicketAsync(volume, "t", node);
        await SatisfiedAsync(volume, "t");
        var engine = await ObjectAsync(LonghornKinds.Engines, volume + "-e-0", item => item.Has("status", "endpoint"));
        return engine.TextAt("status", "endpoint")!;
    }

    public async Task DetachAsync(string volume)
    {
        await TicketAsync(volume, "t", node: null);
        await VolumeAsync(volume, item => item.TextAt("status", "state") == "detached");
    }

    public static async Task WriteAsync(string endpoint, byte[] data)
    {
        await using var client = await NbdClient.ConnectAsync(new Uri(endpoint), Token);
        await client.WriteAsync(0, data, Token);
        await client.FlushAsync(Token);
    }

    public static async Task<byte[]> ReadAsync(string endpoint, int length)
    {
        await using var client = await NbdClient.ConnectAsync(new Uri(endpoint), Token);
        var data = new byte[length];
        await client.ReadAsync(0, data, Token);
        return data;
    }

    public async Task UntilAsync(string what, Func<Task<bool>> condition, Func<string?>? state = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (_longhorn.IsFaulted)
            {
                await _longhorn;
            }

            if (watch.Elapsed > Patience)
            {
                lock (_log)
                {
                    throw new TimeoutException($"Waiting for {what}. {state?.Invoke()}\n{string.Join('\n', _log)}");
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopLonghornAsync();
        Client.Dispose();
        await _server.DisposeAsync();
        _etcd.Kill();
        await _etcd.WaitForExitAsync(CancellationToken.None);
        _etcd.Dispose();
        Directory.Delete(Layout.Root, recursive: true);
    }

    private static Process StartEtcd(LabLayout layout, out Uri url)
    {
        int[] ports = [FreePort(), FreePort()];
        url = new Uri($"http://127.0.0.1:{ports[0]}");
        var start = new ProcessStartInfo("etcd") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            "--data-dir", layout.Etcd, "--listen-client-urls", url.OriginalString, "--advertise-client-urls", url.OriginalString,
            "--listen-peer-urls", $"http://127.0.0.1:{ports[1]}", "--initial-advertise-peer-urls", $"http://127.0.0.1:{ports[1]}",
            "--initial-cluster", $"default=http://127.0.0.1:{ports[1]}", "--log-level", "error",
        })
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("etcd did not start.");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Log(string line)
    {
        lock (_log)
        {
            _log.Add(line);
        }
    }
}
