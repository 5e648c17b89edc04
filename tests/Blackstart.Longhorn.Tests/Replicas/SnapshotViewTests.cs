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

    [Fact]
    public void A_replica_without_snapshots_says_so()
    {
        var bare = new ReplicaBuilder(_replica, "aaaaaaaa", 2 << 20).WithLayers([[(0, 1)]]);
        using var opened = OpenedReplica.Open(bare.Path);
        Should.Throw<SalvageException>(() => opened.VolumeAt("s1")).Reason.ShouldEndWith("the replica has none");
    }

    [Fact]
    public void A_directory_that_has_gone_is_told_and_one_that_is_refused_stays_so()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        Directory.Move(_replica.Path, _folder["elsewhere"]);
        Should.Throw<SalvageException>(() => opened.VolumeAt("s1")).Code.ShouldBe(SalvageCode.DirectoryUnreadable);
        Directory.Move(_folder["elsewhere"], _replica.Path);
        opened.VolumeAt("s1").Size.ShouldBe(_replica.Size);
    }

    [Fact]
    public void A_refusal_counts_before_a_warning()
    {
        _replica.WriteImage("volume-snap-long.img", _replica.Size + 4096, (4, 9));
        File.WriteAllText(_replica["volume-snap-long.img.meta"], """{"Parent":"volume-snap-s1.img","Removed":true}""");
        using var opened = OpenedReplica.Open(_replica.Path);
        Should.Throw<SalvageException>(() => opened.VolumeAt("long")).Code.ShouldBe(SalvageCode.LayerLengthInvalid);
    }

    [Fact]
    public void A_snapshot_that_holds_nothing_is_all_zeros_and_one_without_holes_refused()
    {
        var full = Enumerable.Range(0, 512).Select(block => ((long)block, (byte)1)).ToArray();
        var replica = new ReplicaBuilder(_replica, "aaaaaaaa", 2 << 20).WithLayers([(0, 1)], full, full, [], []);
        using var opened = OpenedReplica.Open(replica.Path);
        opened.Judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable);
        Blocks(opened, "s2").ShouldBe(new int[8]);
        Blocks(opened, "s1").ShouldBe(new int[8]);
        replica.WriteLayerMetadata("volume-snap-s3.img", string.Empty);
        using var again = OpenedReplica.Open(replica.Path);
        Should.Throw<SalvageException>(() => again.VolumeAt("s4")).Code.ShouldBe(SalvageCode.HolesLost);
        Blocks(again, "s3").ShouldBe([.. Enumerable.Repeat(1, 8)]);
    }

    [Fact]
    public void The_checksum_of_the_snapshot_itself_counts()
    {
        _replica.WriteImage("volume-snap-left.img", _replica.Size, (4, 9));
        _replica.WriteLayerMetadata("volume-snap-left.img", "volume-snap-s1.img");
        File.WriteAllText(_replica["volume-snap-left.img.checksum"], """{"method":"crc64","checksum":"0000000000000000","change_time":"","silently_corrupted":true}""");
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable);
        Should.Throw<SalvageException>(() => opened.VolumeAt("left")).Code.ShouldBe(SalvageCode.SnapshotCorrupted);
    }

    [Fact]
    public void A_snapshot_lies_on_the_backing_image_too()
    {
        var image = _folder["base"];
        File.WriteAllBytes(image, [.. Enumerable.Repeat((byte)8, 4 * ReplicaBuilder.Block)]);
        using (var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = image }))
        {
            Blocks(opened, "s1").ShouldBe([8, 8, 3, 8, 0, 0, 0, 3]);
            OpenIn(_folder.Path).ShouldContain(image);
            File.WriteAllBytes(image, new byte[2 * _replica.Size]);
            Should.Throw<SalvageException>(() => opened.VolumeAt("s2")).Code.ShouldBe(SalvageCode.BackingImageInvalid);
        }

        OpenIn(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_refused_is_closed_again()
    {
        var image = _folder["base"];
        File.WriteAllBytes(image, new byte[2 * _replica.Size]);
        using (var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = image }))
        {
            opened.Judgement.Refusal!.Code.ShouldBe(SalvageCode.BackingImageInvalid);
            OpenIn(_folder.Path).ShouldBeEmpty();
        }

        _replica.WriteImage("volume-snap-long.img", _replica.Size * 2, (4, 9));
        _replica.WriteLayerMetadata("volume-snap-long.img", "volume-snap-s1.img");
        using (var opened = OpenedReplica.Open(_replica.Path))
        {
            var before = OpenIn(_folder.Path);
            before.Count.ShouldBe(3);
            Should.Throw<SalvageException>(() => opened.VolumeAt("long"));
            OpenIn(_folder.Path).ShouldBe(before);
        }

        OpenIn(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_stopped_is_closed_again()
    {
        Should.Throw<OperationCanceledException>(() => ReplicaDirectory.Open(_replica.Path, null, new CancellationToken(canceled: true)));
        OpenIn(_folder.Path).ShouldBeEmpty();
        using var opened = OpenedReplica.Open(_replica.Path);
        Should.Throw<OperationCanceledException>(() => opened.ViewOf("s2", new CancellationToken(canceled: true)));
        OpenIn(_folder.Path).Count.ShouldBe(3);
        Should.Throw<ArgumentNullException>(() => opened.VolumeAt(null!)).ParamName.ShouldBe("snapshot");
    }

    private static List<string> OpenIn(string folder) =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd").Select(path => new FileInfo(path).LinkTarget)
            .OfType<string>().Where(target => target.StartsWith(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    private static int[] Blocks(ReplicaDirectory replica, string snapshot)
    {
        var content = new byte[8 * ReplicaBuilder.Block];
        replica.VolumeAt(snapshot).Read(0, content);
        return [.. Enumerable.Range(0, 8).Select(block => (int)content[block * ReplicaBuilder.Block])];
    }
}
