using System.Text.Json.Nodes;
using Blackstart.Longhorn.Content;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Tests.Longhorn.Capture;

/// <summary>The lists of a cluster, from one YAML stream of live objects; objects may be changed between captures.</summary>
internal sealed class FakeCluster
{
    private readonly string _namespace = "longhorn-system";

    public List<JsonObject> Objects { get; } = [.. YamlDocuments.Parse(Golden.Read("cluster.yaml"))];

    public string Uid { get; set; } = "6e8d3b8e-57a0-4e57-9e33-aa2f6f7b3f10";

    public Dictionary<string, VolumeContent?> Contents { get; } = new(StringComparer.Ordinal)
    {
        ["erp-data"] = new VolumeContent { Kind = ContentKind.Unknown },
        ["documents"] = new VolumeContent { Kind = ContentKind.Ext4, Uuid = "83a09dc2-231f-4dbf-86fb-bbe88e9875c2" },
    };

    public JsonObject this[string kind, string name] => Objects.Single(o => o["kind"]!.GetValue<string>() == kind && o["metadata"]!["name"]!.GetValue<string>() == name);

    public void Remove(string kind, string name) => Objects.Remove(this[kind, name]);

    public Task<ClusterObjects> ReadAsync()
    {
        var reading = new ClusterReading(ListAsync, _namespace, (volume, _) => Task.FromResult(Contents.GetValueOrDefault(volume.Name)));
        return reading.ReadAsync(Uid, TestContext.Current.CancellationToken);
    }

    public async Task<CaptureReport> CaptureAsync(string path, params string[] forget) =>
        await LonghornCapture.KeepAsync(await ReadAsync(), path, new CaptureOptions(_namespace) { Forget = forget }, TestContext.Current.CancellationToken);

    private Task<IReadOnlyList<JsonObject>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var plural = path[(path.LastIndexOf('/') + 1)..];
        var isLonghorn = path.Contains("longhorn.io", StringComparison.Ordinal);
        return Task.FromResult<IReadOnlyList<JsonObject>>(
        [
            .. Objects.Where(o => Plural(o) == plural && isLonghorn == o["apiVersion"]!.GetValue<string>().StartsWith("longhorn.io", StringComparison.Ordinal)).Select(o => o.DeepClone().AsObject()),
        ]);
    }

    private static string Plural(JsonObject o)
    {
        var kind = o["kind"]!.GetValue<string>().ToLowerInvariant();
        return kind.EndsWith('s') ? kind + "es" : kind + "s";
    }
}
