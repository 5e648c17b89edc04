using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Hosting.Services;

/// <summary>The real etcd, one member.</summary>
internal static class EtcdService
{
    public const string Name = "etcd";

    public static ServiceDefinition Define(LabLayout layout, LabState state, HttpClient http)
    {
        var client = Address(state.Ports.Etcd);
        var peer = Address(state.Ports.EtcdPeer);
        return new ServiceDefinition(
            Name,
            _ => Task.FromResult(new Launch(
                Name,
                Programs.Find("etcd", "etcd-server"),
                [
                    "--name", "default",
                    "--data-dir", layout.Etcd,
                    "--listen-client-urls", client,
                    "--advertise-client-urls", client,
                    "--listen-peer-urls", peer,
                    "--initial-advertise-peer-urls", peer,
                    "--initial-cluster", $"default={peer}",
                    "--initial-cluster-token", state.Id.ToString("N"),

                    // A single member need not wait the second that members far apart need to elect a leader.
                    "--heartbeat-interval", "20",
                    "--election-timeout", "200",

                    // The lab's power cut is SIGKILL, which the page cache survives; syncing would only slow the lab down.
                    "--unsafe-no-fsync",
                ],
                Real: true)
            {
                // etcd 3.4 refuses other architectures unless told that this is meant.
                Environment = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
                    ? new Dictionary<string, string>(StringComparer.Ordinal) { ["ETCD_UNSUPPORTED_ARCH"] = "arm64" }
                    : new Dictionary<string, string>(StringComparer.Ordinal),
            }),
            async cancellationToken =>
            {
                var health = await http.GetFromJsonAsync<JsonObject>(new Uri($"{client}/health"), cancellationToken);
                return health?["health"]?.ToString() == "true";
            });
    }

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
