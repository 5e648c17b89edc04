using System.Security.Cryptography;
using System.Text.Json;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Inspecting;
using Blackstart.Longhorn.Tests.Fixtures;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Inspecting;

public sealed class ReplicaInspectionTests : IDisposable
{
    private const int Block = ReplicaBuilder.Block;
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Cases => [.. FixtureCase.Names()];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_layer_is_told_with_what_it_supplies()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1), (1, 0)], [(1, 2), (2, 2)], [(2, 3), (3, 3), (4, 3)]);
        replica.WriteImage("volume-snap-late.img", replica.Size, (9, 9));
        replica.WriteLayerMetadata("volume-snap-late.img", "volume-snap-s2.img");
        replica.WriteLayerMetadata("volume-snap-later.img", "volume-snap-late.img");
        using var inspection = ReplicaInspection.Open(replica.Path, null, null, TestContext.Current.CancellationToken);
        inspection.Layers.Select(layer => (layer.Name, layer.IsInChain, layer.IsPresent, layer.Supplies)).ShouldBe(
        [
            ("volume-head-000.img", true, true, 2L * Block),
            ("volume-snap-s2.img", true, true, 1L * Block),
            ("volume-snap-s1.img", true, true, 2L * Block),
            ("volume-snap-late.img", false, true, null),
            ("volume-snap-later.img", false, false, null),
        ]);
        inspection.DataBytes.ShouldBe(5 * Block);
        inspection.Layers[3].Parent.ShouldBe("volume-snap-s2.img");

        var digest = await inspection.DigestAsync(new CopyOptions(), TestContext.Current.CancellationToken);
        var content = new byte[replica.Size];
        inspection.Volume!.Read(0, content);
        digest.Sha256!.Value.ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(content)));
        using var json = Json(inspection, digest, withRuns: true);
        json.RootElement.GetProperty("sha256").GetString().ShouldBe(digest.Sha256.Value.ToString());
        json.RootElement.GetProperty("runs").EnumerateArray().Select(run => (run.GetProperty("offset").GetInt64() / Block, run.GetProperty("length").GetInt64() / Block, run.GetProperty("layer").GetString())).ShouldBe(
        [
            (0L, 2L, "volume-head-000.img"), (2L, 1L, "volume-snap-s2.img"), (3L, 2L, "volume-snap-s1.img"),
        ]);
    }

    [Fact]
    public void A_snapshot_outside_the_chain_can_be_looked_at()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2)]);
        replica.WriteImage("volume-snap-late.img", replica.Size, (9, 9), (10, 9));
        replica.WriteLayerMetadata("volume-snap-late.img", "volume-snap-s1.img");
        using var inspection = ReplicaInspection.Open(replica.Path, "late", null, TestContext.Current.CancellationToken);
        inspection.Layers.Select(layer => (layer.Name, layer.IsInChain, layer.Supplies)).ShouldBe(
        [
            ("volume-snap-late.img", true, 2L * Block), ("volume-snap-s1.img", true, 1L * Block), ("volume-head-000.img", false, null),
        ]);
        Should.Throw<SalvageException>(() => ReplicaInspection.Open(replica.Path, "none", null, TestContext.Current.CancellationToken)).Code.ShouldBe(SalvageCode.SnapshotUnknown);
    }

    [Fact]
    public async Task A_refused_replica_is_told_as_far_as_it_goes()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2)], [(2, 2)], [(3, 3)]);
        File.Delete(replica["volume-snap-s2.img"]);
        using var inspection = ReplicaInspection.Open(replica.Path, null, null, TestContext.Current.CancellationToken);
        inspection.Volume.ShouldBeNull();
        inspection.Layers.Select(layer => (layer.Name, layer.IsInChain, layer.IsPresent)).ShouldBe(
        [
            ("volume-head-000.img", true, true), ("volume-snap-s3.img", true, true), ("volume-snap-s2.img", true, false), ("volume-snap-s1.img", true, true),
        ]);
        using var json = Json(inspection, null, withRuns: true);
        json.RootElement.GetProperty("verdict").GetString().ShouldBe("refuse");
        json.RootElement.GetProperty("code").GetString().ShouldBe(SalvageCode.LayerMissing);
        json.RootElement.GetProperty("data").ValueKind.ShouldBe(JsonValueKind.Null);
        (await Should.ThrowAsync<SalvageException>(() => inspection.DigestAsync(new CopyOptions(), TestContext.Current.CancellationToken))).Code.ShouldBe(SalvageCode.LayerMissing);
    }

    [Fact]
    public void A_chain_that_leads_back_to_itself_ends_the_telling()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2)], [(2, 2)]);
        replica.WriteLayerMetadata("volume-snap-s1.img", "volume-snap-s2.img");
        using var inspection = ReplicaInspection.Open(replica.Path, null, null, TestContext.Current.CancellationToken);
        inspection.Layers.Count.ShouldBe(3);
        inspection.Judgement.Refusal!.Code.ShouldBe(SalvageCode.ChainCyclic);
    }

    [Fact]
    public void A_directory_that_is_not_there_has_no_layers()
    {
        using var inspection = ReplicaInspection.Open(_folder["pvc-a-0123abcd"], null, null, TestContext.Current.CancellationToken);
        inspection.Layers.ShouldBeEmpty();
        inspection.Judgement.Refusal!.Code.ShouldBe(SalvageCode.DirectoryUnreadable);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_recorded_replicas_have_the_recorded_layers_and_digests(string name)
    {
        if (name == FixtureCase.Absent)
        {
            return;
        }

        var found = FixtureCase.Get(name);
        await FixtureCase.UnpackAsync(found, _folder.Path);
        var before = DirectoryRecord.Take(_folder.Path);
        foreach (var replica in found.GetProperty("replicas").EnumerateArray())
        {
            using var inspection = ReplicaInspection.Open(_folder[replica.GetProperty("path").GetString()!], null, null, TestContext.Current.CancellationToken);
            if (inspection.Volume is null)
            {
                continue;
            }

            inspection.Layers.Where(layer => layer.IsInChain).Select(layer => layer.Name).ShouldBe(replica.GetProperty("chain").EnumerateArray().Select(layer => layer.GetString()!));
            (inspection.Layers.Sum(layer => layer.Supplies ?? 0) + (inspection.BackingImage?.Supplies ?? 0)).ShouldBe(inspection.DataBytes!.Value);
            if (replica.TryGetProperty("mergedSha256", out var digest))
            {
                (await inspection.DigestAsync(new CopyOptions(), TestContext.Current.CancellationToken)).Sha256!.Value.ToString().ShouldBe(digest.GetString());
            }
        }

        DirectoryRecord.Take(_folder.Path).ShouldBe(before);
    }

    private static JsonDocument Json(ReplicaInspection inspection, CopyResult? digest, bool withRuns)
    {
        using var stream = new MemoryStream();
        InspectionJson.Write(inspection, digest, withRuns, stream, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(stream.ToArray());
    }
}
