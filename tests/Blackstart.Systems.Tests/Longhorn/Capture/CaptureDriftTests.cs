using System.Text.Json.Nodes;
using Blackstart.Longhorn.Content;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Tests.Longhorn.Capture;

public sealed class CaptureDriftTests
{
    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task What_a_cluster_changes_by_itself_is_no_drift() => (await DriftAsync(() =>
    {
        var volume = _cluster["Volume", "erp-data"];
        volume["status"] = new JsonObject { ["state"] = "detached", ["robustness"] = "unknown" };
        volume["metadata"]!["resourceVersion"] = "1";
        volume["metadata"]!["generation"] = 13;
        volume["metadata"]!["managedFields"] = null;
        foreach (var field in (string[])["nodeID", "engineNodeID", "migrationNodeID", "lastAttachedBy", "snapshotHashingRequestedAt", "image"])
        {
            volume["spec"]![field] = "changed";
        }

        _cluster["PersistentVolumeClaim", "erp-data"]["metadata"]!["annotations"]!["volume.kubernetes.io/selected-node"] = "pi2";
        _cluster["BackingImage", "template"]["spec"]!["diskFileSpecMap"] = new JsonObject();
        _cluster["RecurringJob", "nightly-backup"]["status"]!["executionCount"] = 121;
        _cluster["BackupTarget", "default"]["spec"]!["syncRequestedAt"] = "2027-01-01T00:00:00Z";
        _cluster["Setting", "default-engine-image"]["value"] = "longhornio/longhorn-engine:v1.13.0";
        _cluster["Node", "pi1"]["spec"]!["disks"]!["default-disk-1"]!["evictionRequested"] = false;
        _cluster.Contents["erp-data"] = null;
    })).ShouldBeEmpty();

    [Fact]
    public async Task Every_change_is_told_with_its_object_field_and_both_values()
    {
        var drift = await DriftAsync(() =>
        {
            _cluster["Volume", "erp-data"]["spec"]!["size"] = "21474836480";
            _cluster["Volume", "erp-data"]["metadata"]!["labels"]!.AsObject().Remove("recurring-job-group.longhorn.io/default");
            _cluster["Volume", "documents"]["metadata"]!["uid"] = "another";
            _cluster["Replica", "erp-data-r-1"]["spec"]!["dataDirectoryName"] = "erp-data-cccccccc";
            _cluster.Contents["documents"] = new VolumeContent { Kind = ContentKind.Blank };
            _cluster["PersistentVolume", "pvc-erp"]["spec"]!["persistentVolumeReclaimPolicy"] = "Delete";
            _cluster["StorageClass", "longhorn"]["parameters"]!["numberOfReplicas"] = "2";
            _cluster["Setting", "auto-salvage"]["value"] = "false";
            _cluster["RecurringJob", "nightly-backup"]["spec"]!["groups"] = new JsonArray("default");
            _cluster["BackingImage", "template"]["status"]!["checksum"] = "fedcba";
            _cluster.Remove("PersistentVolumeClaim", "erp-data");
            var more = _cluster["Volume", "documents"].DeepClone().AsObject();
            more["metadata"]!["name"] = "more";
            _cluster.Objects.Add(more);
        });

        drift.Select(d => $"{d.Change} {d.Object} {d.Field} {d.Captured?.ToJsonString()} {d.Current?.ToJsonString()}".TrimEnd()).ShouldBe(
        [
            "changed StorageClass/longhorn parameters.numberOfReplicas \"3\" \"2\"",
            "changed Setting/longhorn-system/auto-salvage value \"true\" \"false\"",
            "changed BackingImage/longhorn-system/template status.checksum \"abcdef012345\" \"fedcba\"",
            "changed Volume/longhorn-system/documents metadata.uid \"0a6ecf63-1b6a-4d3f-8a6b-5d0a0c7d1a02\" \"another\"",
            "changed Volume/longhorn-system/documents content \"ext4:83a09dc2-231f-4dbf-86fb-bbe88e9875c2\" \"blank\"",
            "changed Volume/longhorn-system/erp-data metadata.labels[\"recurring-job-group.longhorn.io/default\"] \"enabled\"",
            "changed Volume/longhorn-system/erp-data spec.size \"10737418240\" \"21474836480\"",
            "changed Volume/longhorn-system/erp-data replicas [\"erp-data-aaaaaaaa\",\"erp-data-bbbbbbbb\"] [\"erp-data-aaaaaaaa\",\"erp-data-cccccccc\"]",
            "changed PersistentVolume/pvc-erp spec.persistentVolumeReclaimPolicy \"Retain\" \"Delete\"",
            "removed PersistentVolumeClaim/erp/erp-data",
            "changed RecurringJob/longhorn-system/nightly-backup spec.groups  [\"default\"]",
            "added Volume/longhorn-system/more",
        ]);
    }

    [Fact]
    public async Task Another_cluster_is_the_first_thing_told()
    {
        var drift = await DriftAsync(() => _cluster.Uid = "another");

        var only = drift.ShouldHaveSingleItem();
        only.Object.ShouldBe("Namespace/kube-system");
        only.Current!.GetValue<string>().ShouldBe("another");
    }

    private async Task<IReadOnlyList<Drift>> DriftAsync(Action change)
    {
        var captured = CaptureText.Parse(CaptureText.Write(await _cluster.ReadAsync(), "longhorn-system"));
        change();
        return CaptureDrift.Between(captured, await _cluster.ReadAsync()).Drifts;
    }
}
