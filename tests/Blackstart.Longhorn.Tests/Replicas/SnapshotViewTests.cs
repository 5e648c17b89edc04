using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Replicas;

public sealed class SnapshotViewTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    // Head, s2, s1; block 7 was written in all of them.
    public SnapshotViewTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1), (7, 1)], [(1, 2), (7, 2)], [(2, 3), (7, 3)]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_snapshot_shows_the_chain_from_its_layer_down()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        Blocks(opened, "s2").ShouldBe([0, 2, 3, 0, 0, 0, 0, 2]);
        Blocks(opened, "s1").ShouldBe([0, 0, 3, 0, 0, 0, 0, 3]);
        opened.ViewOf("s2", TestContext.Current.CancellationToken).Chain.Layers.Select(layer => layer.Name).ShouldBe(["volume-snap-s2.img", "volume-snap-s1.img"]);
        opened.VolumeAt("s2").ShouldBeSameAs(opened.VolumeAt("s2"));
    }

    [Fact]
    public void A_snapshot_on_a_branch_outside_of_the_chain_is_shown_too()
    {
        _replica.WriteImage("volume-snap-left.img", _replica.Size, (4, 9), (7, 9));
        _replica.WriteLayerMetadata("volume-snap-left.img", "volume-snap-s1.img");
        using var opened = OpenedReplica.Open(_replica.Path);
        Blocks(opened, "left").ShouldBe([0, 0, 3, 0, 9, 0, 0, 9]);
    }

    [Fact]
    public void A_snapshot_from_before_an_expansion_has_the_size_of_its_time()
    {
        _replica.WriteImage("volume-snap-s1.img", 2 << 20, (2, 3));
        _replica.WriteImage("volume-snap-s2.img", 2 << 20, (1, 2));
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.VolumeAt("s2").Size.ShouldBe(2 << 20);
        opened.Volume.Size.ShouldBe(_replica.Size);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("")]
    [InlineData("../s1")]
    [InlineData("s1.img")]
    [InlineData("volume-snap-s1.img")]
    public void An_unknown_snapshot_is_refused_with_those_there_are(string name)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        var failure = Should.Throw<SalvageException>(() => opened.VolumeAt(name));
        failure.Code.ShouldBe(SalvageCode.SnapshotUnknown);
        failure.Reason.ShouldEndWith("the replica has s1, s2");
    }

    [Fact]
    public void A_branch_is_judged_by_the_same_rules_and_does_not_spoil_the_others()
    {
        _replica.WriteLayerMetadata("volume-snap-x.img", "volume-snap-y.img");
        _replica.WriteLayerMetadata("volume-snap-y.img", "volume-snap-x.img");
        _replica.WriteImage("volume-snap-x.img", _replica.Size, (4, 9));
        _replica.WriteImage("volume-snap-y.img", _replica.Size, (4, 9));
        _replica.WriteImage("volume-snap-long.img", _replica.Size * 2, (4, 9));
        _replica.WriteLayerMetadata("volume-snap-long.img", "volume-snap-s1.img");
        _replica.WriteLayerMetadata("volume-snap-gone.img", "volume-snap-s1.img");
        using var opened = OpenedReplica.Open(_replica.Path);
        Should.Throw<SalvageException>(() => opened.VolumeAt("x")).Code.ShouldBe(SalvageCode.ChainCyclic);
        Should.Throw<SalvageException>(() => opened.VolumeAt("long")).Code.ShouldBe(SalvageCode.LayerLengthInvalid);
        Should.Throw<SalvageException>(() => opened.VolumeAt("gone")).Code.ShouldBe(SalvageCode.LayerMissing);
        Blocks(opened, "s1").ShouldBe([0, 0, 3, 0, 0, 0, 0, 3]);
    }

    [Fact]
    public void A_removed_snapshot_is_shown_with_a_warning()
    {
        File.WriteAllText(_replica["volume-snap-s2.img.meta"], """{"Name":"","Parent":"volume-snap-s1.img","Removed":true}""");
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.ViewOf("s2", TestContext.Current.CancellationToken).Findings.ShouldContain(finding => finding.Kind == FindingKind.Warning && finding.Code == SalvageCode.SnapshotRemoved);
        opened.ViewOf("s1", TestContext.Current.CancellationToken).Findings.ShouldBeEmpty();
    }

    [Fact]
    public void Of_a_refused_replica_no_snapshot_is_shown()
    {
        _replica.WithVolumeMetadata(metadata => metadata["Rebuilding"] = true);
        using var opened = OpenedReplica.Open(_replica.Path);
        Should.Throw<SalvageException>(() => opened.VolumeAt("s1")).Code.ShouldBe(SalvageCode.Rebuilding);
    }

    private static int[] Blocks(ReplicaDirectory replica, string snapshot)
    {
        var content = new byte[8 * ReplicaBuilder.Block];
        replica.VolumeAt(snapshot).Read(0, content);
        return [.. Enumerable.Range(0, 8).Select(block => (int)content[block * ReplicaBuilder.Block])];
    }
}
