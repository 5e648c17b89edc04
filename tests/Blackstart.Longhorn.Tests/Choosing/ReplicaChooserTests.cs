using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Scanning;
using Blackstart.Longhorn.Tests.Fixtures;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Choosing;

public sealed class ReplicaChooserTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 4, 1, 12, 0, 0, DateTimeKind.Utc);
    private readonly TestFolder _folder = new();
    private readonly List<ReplicaBuilder> _replicas = [];

    public static TheoryData<string> Cases => [.. FixtureCase.Names()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_recorded_volumes_give_the_expected_choice(string name)
    {
        if (name == FixtureCase.Absent)
        {
            return;
        }

        var found = FixtureCase.Get(name);
        await FixtureCase.UnpackAsync(found, _folder.Path);
        var report = ReplicaScan.Run([_folder.Path], null, null, TestContext.Current.CancellationToken);
        report.Disks.Count.ShouldBe(Directory.GetDirectories(_folder.Path).Length);
        var volume = report.Volumes.Single();
        volume.Name.ShouldBe(found.GetProperty("volumeName").GetString());
        if (found.TryGetProperty("expectedChoice", out var expected))
        {
            volume.Choice.Best.ShouldNotBeNull(volume.Choice.Reason);
            volume.Choice.Best.Judgement.Path.ShouldBe(_folder[expected.GetString()!]);
        }
        else
        {
            volume.Choice.Code.ShouldBe(SalvageCode.NothingToChoose);
        }

        foreach (var replica in found.GetProperty("replicas").EnumerateArray())
        {
            var ranked = volume.Choice.Replicas.Single(item => item.Judgement.Path == _folder[replica.GetProperty("path").GetString()!]);
            var code = replica.TryGetProperty("code", out var given) ? given.GetString() : null;
            ranked.Standing.ShouldBe(code switch
            {
                null => ReplicaStanding.Best,
                "STALE_REPLICA" => ReplicaStanding.Stale,
                "REBUILDING" => ReplicaStanding.Incomplete,
                "EMPTY_REPLICA" => ReplicaStanding.Empty,
                _ => ReplicaStanding.Damaged,
            });
        }
    }

    [Fact]
    public void The_highest_counter_wins_against_a_newer_head()
    {
        Add(1, [(0, 1)], [(1, 1)]).WithCounter(12);
        Add(60, [(0, 1), (5, 5), (6, 6)], [(1, 1)]).WithCounter(11);
        var choice = Choose();
        ShouldBeBest(choice, 0, "12");
        choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Stale);
    }

    [Fact]
    public void Equal_counters_and_equal_bytes_give_the_first()
    {
        Add(0, [(0, 1)], [(1, 1)]).WithCounter(12);
        Add(9, [(0, 1)], [(1, 1)]).WithCounter(12);
        ShouldBeBest(Choose(), 0, "same bytes");
    }

    [Fact]
    public void Equal_counters_and_different_bytes_are_a_question()
    {
        Add(0, [(0, 1)], [(1, 1)]).WithCounter(12);
        Add(9, [(0, 1)], [(1, 2)]).WithCounter(12);
        ShouldAsk(Choose(), "byte 4096");
    }

    [Fact]
    public void Without_counters_the_newest_head_wins()
    {
        Add(0, [(0, 1), (3, 3), (4, 4)], [(1, 1)]);
        Add(6, [(0, 1)], [(1, 1)]);
        var choice = Choose();
        ShouldBeBest(choice, 1, "salvage rule");
        choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Stale);
    }

    [Fact]
    public void Within_five_seconds_the_most_allocated_head_wins()
    {
        Add(0, [(0, 1), (3, 3), (9, 4)], [(1, 1)]);
        Add(5, [(0, 1)], [(1, 1)]);
        var choice = Choose();
        ShouldBeBest(choice, 0, "most allocated");
        choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Usable);
    }

    [Fact]
    public void Of_equally_allocated_heads_the_newer_wins()
    {
        Add(1, [(0, 1)], [(1, 1)]);
        Add(2, [(0, 2)], [(1, 1)]);
        ShouldBeBest(Choose(), 1, "newest write");
    }

    [Fact]
    public void A_counter_that_contradicts_the_salvage_rule_is_a_question()
    {
        Add(0, [(0, 1)], [(1, 1)]).WithCounter(9);
        Add(60, [(0, 1)], [(1, 1)]).WithCounter(8);
        Add(30, [(0, 1)], [(1, 1)]);
        ShouldAsk(Choose(), "counter");
    }

    [Fact]
    public void Raw_volumes_without_snapshots_are_one_if_most_blocks_are_the_same()
    {
        Add(0, [(0, 1), (1, 2), (2, 3), (3, 4)]);
        Add(60, [(0, 1), (1, 2), (2, 3), (3, 5)]);
        ShouldBeBest(Choose(), 1, "salvage rule");
    }

    [Fact]
    public void Raw_volumes_that_share_nothing_are_a_question()
    {
        Add(0, [(0, 1), (1, 2), (2, 3), (3, 4)]);
        Add(60, [(0, 7), (1, 7)]);
        ShouldAsk(Choose(), "same name");
    }

    [Fact]
    public void An_older_copy_of_a_raw_volume_that_has_grown_since_is_of_the_same_volume()
    {
        Add(0, [.. Written(10, 1)]);
        Add(60, [.. Written(9, 1), (9, 77), .. Enumerable.Range(10, 200).Select(n => ((long)n, (byte)5))]);
        ShouldBeBest(Choose(), 1, "salvage rule");
    }

    [Fact]
    public void Raw_volumes_that_have_no_more_than_a_header_in_common_are_a_question()
    {
        Add(0, [.. Written(100, 1)]);
        Add(60, [(0, 1)]);
        ShouldAsk(Choose(), "same name");
        Add(90, [(0, 1), .. Enumerable.Range(1, 9).Select(n => ((long)n, (byte)200))]);
        ShouldAsk(Choose(), "same name");
    }

    [Fact]
    public void Zeros_beside_data_do_not_count()
    {
        Add(0, [(0, 1), (1, 2)]);
        Add(60, [(0, 0), (1, 0)]);
        var choice = Choose();
        ShouldBeBest(choice, 0, "only one");
        choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Empty);
    }

    [Fact]
    public async Task A_file_system_that_was_just_made_does_not_count_beside_one_with_files()
    {
        await AddExt4Async(0, "with", hasFiles: true);
        await AddExt4Async(60, "without", hasFiles: false);
        var choice = Choose();
        ShouldBeBest(choice, 0, "only one");
        choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Empty);
        choice.Replicas[1].Content!.IsFreshlyFormatted.ShouldBeTrue();
        choice.Best!.Content!.Label.ShouldBe("with");
    }

    [Fact]
    public async Task A_file_system_that_was_just_made_is_not_chosen_where_the_data_may_be_in_one_that_cannot_be_read()
    {
        await AddExt4Async(60, "without", hasFiles: false);
        var filled = Add(0, 32 << 20, [.. Enumerable.Range(0, 2000).Select(n => ((long)n, (byte)7))]);
        filled.WithVolumeMetadata(metadata => metadata["Rebuilding"] = true);
        ShouldAsk(Choose(), filled.Path);

        await File.WriteAllBytesAsync(filled["volume.meta"], new byte[200], TestContext.Current.CancellationToken);
        ShouldAsk(Choose(), filled.Path);

        Directory.Delete(filled.Path, recursive: true);
        _replicas.Remove(filled);
        Add(90, 32 << 20, [], []);
        ShouldBeBest(Choose(), 0, "only one");
    }

    [Fact]
    public void One_that_lost_its_metadata_may_have_been_rebuilt_and_does_not_stand_before_a_sound_one()
    {
        Add(0, [(0, 1)], [(1, 1)]);
        var newer = Add(60, [(0, 1), (2, 2)], [(1, 1)]);
        File.WriteAllText(newer["volume.meta"], string.Empty);
        var choice = Choose();
        ShouldBeBest(choice, 0, "nothing wrong");
        choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Usable);
        choice.Replicas[1].Reason.ShouldContain("rebuild");

        File.WriteAllText(_replicas[0]["volume.meta"], string.Empty);
        ShouldBeBest(Choose(), 1, "salvage rule");
    }

    [Fact]
    public void One_that_cannot_be_read_and_was_written_later_is_told()
    {
        Add(0, [(0, 1)], [(1, 1)]);
        var later = Add(60, [(0, 1)], [(1, 1)]).WithVolumeMetadata();
        File.Delete(later["volume-snap-s1.img"]);
        ShouldBeBest(Choose(), 0, $"{later.Path} was written later (2026-04-01 12:01:00Z) and cannot be read");
        File.SetLastWriteTimeUtc(later["volume-head-000.img"], Noon.AddSeconds(5));
        Choose().Reason.ShouldBe("it is the only one that can be recovered");
    }

    [Fact]
    public async Task Equals_that_cannot_be_compared_are_a_question()
    {
        Add(0, [(0, 1)], [(1, 1)]).WithCounter(12);
        Add(9, [(0, 1)], [(1, 1)]).WithCounter(12);
        var evidence = _replicas.ConvertAll(replica =>
        {
            using var opened = OpenedReplica.Open(replica.Path);
            return ReplicaEvidence.Of(opened, withFingerprint: true, TestContext.Current.CancellationToken);
        });
        var choice = await ReplicaChooser.ChooseAsync(evidence, null, (_, _, _) => throw new SalvageException(SalvageCode.ReadFailed, "the disk is broken"), TestContext.Current.CancellationToken);
        ShouldAsk(choice, "the disk is broken");
    }

    [Fact]
    public async Task Two_file_systems_with_files_are_a_question()
    {
        await AddExt4Async(0, "one", hasFiles: true);
        await AddExt4Async(60, "two", hasFiles: true);
        ShouldAsk(Choose(), "2");
    }

    [Fact]
    public void A_replica_that_missed_an_expansion_is_stale()
    {
        Add(60, [(0, 1)], [(1, 1)]);
        Add(0, 8 << 20, [(0, 1)], [(1, 1)]);
        var choice = Choose();
        ShouldBeBest(choice, 1, "size");
        choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Stale);
        ShouldBeBest(Choose(new ChoosingOptions { ExpectedSize = 4 << 20 }), 0, "size");
        Choose(new ChoosingOptions { ExpectedSize = 2 << 20 }).Code.ShouldBe(SalvageCode.NothingToChoose);
    }

    [Fact]
    public void What_cannot_be_read_while_it_is_compared_is_damaged()
    {
        Add(0, [(0, 1), (300, 2)]);
        Add(60, [(0, 1), (300, 2)]);
        var opened = _replicas.ConvertAll(replica => OpenedReplica.Open(replica.Path));
        try
        {
            using (var file = File.OpenHandle(_replicas[1]["volume-head-000.img"], FileMode.Open, FileAccess.Write))
            {
                RandomAccess.SetLength(file, (300 * ReplicaBuilder.Block) + 512);
            }

            var choice = ReplicaChooser.Choose(opened, null, TestContext.Current.CancellationToken);
            ShouldBeBest(choice, 0, "only one");
            choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Damaged);
            choice.Replicas[1].Judgement.Refusal!.Code.ShouldBe(SalvageCode.ReadFailed);
        }
        finally
        {
            opened.ForEach(replica => replica.Dispose());
        }
    }

    [Fact]
    public void Nothing_is_chosen_of_nothing()
    {
        Add(0, [], []);
        var choice = Choose();
        choice.Best.ShouldBeNull();
        choice.Code.ShouldBe(SalvageCode.NothingToChoose);
        choice.IsAmbiguous.ShouldBeFalse();
    }

    private static IEnumerable<(long Block, byte Fill)> Written(int blocks, int firstFill) => Enumerable.Range(0, blocks).Select(n => ((long)n, (byte)(firstFill + n)));

    private ReplicaBuilder Add(int seconds, params (long Block, byte Fill)[][] layers) => Add(seconds, 4 << 20, layers);

    private ReplicaBuilder Add(int seconds, long size, params (long Block, byte Fill)[][] layers)
    {
        var replica = new ReplicaBuilder(_folder, suffix: $"{_replicas.Count:x8}", size: size).WithLayers(layers);
        File.SetLastWriteTimeUtc(replica["volume-head-000.img"], Noon.AddSeconds(seconds));
        _replicas.Add(replica);
        return replica;
    }

    private async Task AddExt4Async(int seconds, string label, bool hasFiles)
    {
        var replica = Add(seconds, 32 << 20, [(0, 1)]);
        Directory.CreateDirectory(_folder["files"]);
        await File.WriteAllTextAsync(_folder["files/one"], label, TestContext.Current.CancellationToken);
        await Tool.RunAsync("mke2fs", ["-q", "-F", "-t", "ext4", "-L", label, .. hasFiles ? new[] { "-d", _folder["files"] } : [], replica["volume-head-000.img"]]);
        File.SetLastWriteTimeUtc(replica["volume-head-000.img"], Noon.AddSeconds(seconds));
    }

    private ReplicaChoice Choose(ChoosingOptions? options = null)
    {
        var opened = _replicas.ConvertAll(replica => OpenedReplica.Open(replica.Path));
        try
        {
            return ReplicaChooser.Choose(opened, options, TestContext.Current.CancellationToken);
        }
        finally
        {
            opened.ForEach(replica => replica.Dispose());
        }
    }

    private void ShouldBeBest(ReplicaChoice choice, int index, string reason)
    {
        choice.Code.ShouldBeNull(choice.Reason);
        choice.Best!.Judgement.Path.ShouldBe(_replicas[index].Path);
        choice.Best.Standing.ShouldBe(ReplicaStanding.Best);
        choice.Reason.ShouldContain(reason);
    }

    private static void ShouldAsk(ReplicaChoice choice, string reason)
    {
        choice.IsAmbiguous.ShouldBeTrue(choice.Reason);
        choice.Best.ShouldBeNull();
        choice.Reason.ShouldContain(reason);
    }
}
