using System.Text.Json.Nodes;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Tests.Longhorn.Capture;

public sealed class GoldenCaptureTests
{
    [Fact]
    public async Task A_living_cluster_becomes_exactly_this_file() =>
        Golden.Check("capture.yaml", CaptureText.Write(await new FakeCluster().ReadAsync(), "longhorn-system"));

    [Fact]
    public async Task The_order_in_which_a_cluster_tells_things_does_not_show()
    {
        var cluster = new FakeCluster();
        var once = CaptureText.Write(await cluster.ReadAsync(), "longhorn-system");

        cluster.Objects.Reverse();
        for (var i = 0; i < cluster.Objects.Count; i++)
        {
            cluster.Objects[i] = Reversed(cluster.Objects[i]);
        }

        CaptureText.Write(await cluster.ReadAsync(), "longhorn-system").ShouldBe(once);
    }

    [Fact]
    public async Task What_was_written_is_read_back_as_it_was()
    {
        var read = await new FakeCluster().ReadAsync();
        var text = CaptureText.Write(read, "longhorn-system");

        var back = CaptureText.Parse(text);

        back.Cluster.ShouldBe(read.Cluster);
        back.Objects.Select(o => o.Manifest).Order(StringComparer.Ordinal).ShouldBe(read.Objects.Select(o => o.Manifest).Order(StringComparer.Ordinal));
        CaptureDrift.Between(back, read).Drifts.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_applied_at_once_deletes_nothing_and_names_no_secret_content()
    {
        var text = CaptureText.Write(await new FakeCluster().ReadAsync(), "longhorn-system");

        var applied = YamlDocuments.Parse(text);

        applied.Select(o => o["kind"]!.GetValue<string>()).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(["BackingImage", "BackupTarget", "PersistentVolume", "PersistentVolumeClaim", "RecurringJob", "Setting", "StorageClass", "Volume"]);
        applied.ShouldAllBe(o => o["status"] == null && o["metadata"]!["uid"] == null && o["metadata"]!["ownerReferences"] == null && o["metadata"]!["finalizers"] == null);
        applied.Where(o => o["kind"]!.GetValue<string>() == "RecurringJob").ShouldHaveSingleItem()["spec"]!["task"]!.GetValue<string>().ShouldBe("snapshot");
        applied.Where(o => o["kind"]!.GetValue<string>() == "Setting").ShouldHaveSingleItem()["metadata"]!["name"]!.GetValue<string>().ShouldBe("auto-salvage");
    }

    private static JsonObject Reversed(JsonObject from) =>
        new(from.Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value is JsonObject inner ? Reversed(inner) : p.Value?.DeepClone())));
}
