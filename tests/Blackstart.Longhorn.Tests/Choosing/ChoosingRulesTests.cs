using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Tests.Choosing;

/// <summary>The rules of choosing one by one, on evidence as a scan of another node brings it.</summary>
public sealed class ChoosingRulesTests
{
    private const long Size = 4 << 20;
    private static readonly DateTimeOffset Noon = new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Fingerprint Same = new(0, [new(0, 1), new(1, 2)]);
    private readonly List<ReplicaEvidence> _replicas = [];
    private readonly List<(string One, string Other)> _compared = [];

    [Theory]
    [InlineData("BS5021", ReplicaStanding.Empty)]
    [InlineData("BS5003", ReplicaStanding.InUse)]
    [InlineData("BS5013", ReplicaStanding.Incomplete)]
    [InlineData("BS5022", ReplicaStanding.Incomplete)]
    [InlineData("BS5033", ReplicaStanding.Unsupported)]
    [InlineData("BS5011", ReplicaStanding.Damaged)]
    [InlineData("BS5018", ReplicaStanding.Damaged)]
    public async Task What_was_refused_stands_as_its_code_says(string code, ReplicaStanding standing)
    {
        Add(0, 1);
        var refused = Evidence("refused", 5, 1);
        _replicas.Add(refused with { Judgement = refused.Judgement with { Findings = [new Finding(FindingKind.Refusal, code, "so it is")] } });
        var choice = await Choose();
        ShouldBeBest(choice, 0, "the only one that can be recovered");
        choice.Replicas[1].Standing.ShouldBe(standing);
        choice.Replicas[1].Reason.ShouldBe("so it is");
        choice.Replicas[0].Reason.ShouldBe(choice.Reason);
    }

    [Theory]
    [InlineData(5, 0, ReplicaStanding.Usable)]
    [InlineData(6, 1, ReplicaStanding.Stale)]
    public async Task Heads_within_five_seconds_compete_by_allocation(int seconds, int best, ReplicaStanding other)
    {
        Add(0, 9000);
        Add(seconds, 8000);
        var choice = await Choose();
        ShouldBeBest(choice, best, "by the engine's salvage rule");
        choice.Replicas[1 - best].Standing.ShouldBe(other);
        choice.Replicas[1 - best].Reason.ShouldContain("its head was last written 2026-04-01");
    }

    [Fact]
    public async Task A_head_five_seconds_older_than_the_best_is_not_stale()
    {
        Add(0, 8000);
        Add(5, 9000);
        var choice = await Choose();
        ShouldBeBest(choice, 1, "salvage rule");
        choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Usable);
    }

    [Fact]
    public async Task Where_nothing_is_chosen_what_can_be_chosen_stays_usable()
    {
        Add(0, 1, counter: 5);
        Add(1, 1, counter: 5);
        var choice = await Choose(compare: (_, _) => ContentComparison.Different());
        choice.Replicas.ShouldAllBe(replica => replica.Standing == ReplicaStanding.Usable);

        _replicas.Clear();
        Add(0, 1, content: FileSystem("a"));
        Add(0, 1, content: FileSystem("b"));
        Add(0, 1, content: FileSystem("c") with { IsFreshlyFormatted = true });
        choice = await Choose();
        ShouldAsk(choice, "of 2 that had the same name");
        choice.Replicas.Select(replica => replica.Standing).ShouldBe([ReplicaStanding.Usable, ReplicaStanding.Usable, ReplicaStanding.Empty]);
    }

    [Fact]
    public async Task Five_seconds_are_counted_from_the_newest_head_and_the_standing_from_the_best()
    {
        Add(0, 9000);
        Add(4, 9500);
        Add(9, 8000);
        var choice = await Choose();
        ShouldBeBest(choice, 1, "salvage rule");
        choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Usable);
        choice.Replicas[2].Standing.ShouldBe(ReplicaStanding.Usable);
    }

    [Fact]
    public async Task Equal_allocation_is_decided_by_the_newer_write_and_no_third_counts()
    {
        Add(3, 9000);
        Add(4, 9000);
        Add(5, 8000);
        ShouldBeBest(await Choose(), 1, "salvage rule");
        _compared.ShouldBeEmpty();
    }

    [Fact]
    public async Task Equal_heads_are_compared_and_an_older_one_is_not()
    {
        Add(3, 9000);
        Add(3, 9000);
        Add(2, 9000);
        ShouldBeBest(await Choose(), 0, "2 are equal in the time and the allocation of the head and hold the same bytes; it is the first");
        _compared.ShouldBe([("/r0", "/r1")]);
    }

    [Theory]
    [InlineData(9L, 8L, true)]
    [InlineData(8L, 8L, false)]
    [InlineData(7L, 8L, false)]
    [InlineData(9L, null, false)]
    public async Task A_higher_counter_contradicts_the_salvage_rule(long older, long? newer, bool isQuestion)
    {
        Add(0, 1, counter: older);
        Add(60, 1, counter: newer);
        Add(30, 1);
        var choice = await Choose();
        if (isQuestion)
        {
            ShouldAsk(choice, "the newest head is in /r1, but /r0 has the higher revision counter (9 and 8)");
        }
        else
        {
            ShouldBeBest(choice, 1, "salvage rule");
        }
    }

    [Fact]
    public async Task The_highest_counter_wins_and_its_equals_are_compared()
    {
        Add(60, 9000, counter: 4);
        Add(0, 1, counter: 5);
        Add(1, 1, counter: 5);
        Add(2, 1, counter: 5);
        var choice = await Choose();
        ShouldBeBest(choice, 1, "3 are equal in the revision counter (5) and hold the same bytes; it is the first");
        choice.Replicas.Select(replica => replica.Standing).ShouldBe([ReplicaStanding.Stale, ReplicaStanding.Best, ReplicaStanding.Usable, ReplicaStanding.Usable]);
        choice.Replicas[0].Reason.ShouldBe("its revision counter is 4, the highest is 5");
        choice.Replicas[2].Reason.ShouldBe("it holds the same bytes as the best one");
        _compared.ShouldBe([("/r1", "/r2"), ("/r1", "/r3")]);
    }

    [Fact]
    public async Task The_highest_counter_alone_is_not_compared()
    {
        Add(60, 9000, counter: 4);
        Add(0, 1, counter: 5);
        ShouldBeBest(await Choose(), 1, "it has the highest revision counter (5)");
        _compared.ShouldBeEmpty();
    }

    [Fact]
    public async Task Contents_that_were_not_all_compared_are_said_not_to_be()
    {
        Add(0, 1, counter: 5);
        Add(1, 1, counter: 5);
        Add(2, 1, counter: 5);
        var choice = await Choose(compare: (_, other) => other == "/r1" ? ContentComparison.NotDone : ContentComparison.Equal);
        ShouldBeBest(choice, 0, "it is the first, contents were not compared");
        choice.Replicas[1].Reason.ShouldBe("it equals the best one in the revision counter (5)");
        choice.Replicas[2].Reason.ShouldBe("it holds the same bytes as the best one");
        ShouldAsk(await Choose(compare: (_, other) => other == "/r1" ? ContentComparison.NotDone : ContentComparison.Different()), "/r0 and /r2 are equal in the revision counter (5), yet their volumes differ");

        _compared.Clear();
        ShouldBeBest(await Choose(new ChoosingOptions { CompareContents = false }), 0, "contents were not compared");
        _compared.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_byte_from_which_volumes_differ_is_told_where_it_is_known()
    {
        Add(0, 1, counter: 5);
        Add(1, 1, counter: 5);
        ShouldAsk(await Choose(compare: (_, _) => ContentComparison.Different(4096)), "yet their volumes differ from byte 4096 on");
        (await Choose(compare: (_, _) => ContentComparison.Different())).Reason.ShouldEndWith("yet their volumes differ");
    }

    [Fact]
    public async Task The_largest_is_the_volume_unless_its_size_is_known()
    {
        Add(0, 1, size: Size);
        Add(60, 1, size: 2 * Size);
        Add(90, 1, size: Size);
        var choice = await Choose();
        ShouldBeBest(choice, 1, "it is the only one of the volume's size");
        choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Stale);
        choice.Replicas[0].Reason.ShouldBe("its size is 4194304 bytes, the volume's 8388608");

        choice = await Choose(new ChoosingOptions { ExpectedSize = Size });
        ShouldBeBest(choice, 2, "salvage rule");
        choice.Replicas[1].Standing.ShouldBe(ReplicaStanding.Stale);
        choice = await Choose(new ChoosingOptions { ExpectedSize = 3 * Size });
        choice.Code.ShouldBe(SalvageCode.NothingToChoose);
        choice.Reason.ShouldContain("no replica has the volume's size of 12582912 bytes");
        choice.Replicas.ShouldAllBe(replica => replica.Standing == ReplicaStanding.Stale);
    }

    [Fact]
    public async Task A_common_snapshot_makes_one_volume_whatever_is_written_since()
    {
        Add(0, 1, fingerprint: new Fingerprint(0, [new(0, 7)]), snapshots: ["volume-snap-daily.img"]);
        Add(60, 1, fingerprint: new Fingerprint(0, [new(0, 8)]), snapshots: ["volume-snap-later.img", "volume-snap-daily.img"]);
        ShouldBeBest(await Choose(), 1, "salvage rule");
    }

    [Fact]
    public async Task The_snapshot_of_an_expansion_says_nothing_and_neither_do_heads()
    {
        Add(0, 1, fingerprint: new Fingerprint(0, [new(0, 7)]), snapshots: ["volume-snap-expand-8388608.img"]);
        Add(60, 1, fingerprint: new Fingerprint(0, [new(0, 8)]), snapshots: ["volume-snap-expand-8388608.img"]);
        ShouldAsk(await Choose(), "of 2 that had the same name");
    }

    [Fact]
    public async Task The_uuid_of_what_it_holds_goes_before_the_fingerprint()
    {
        Add(0, 1, fingerprint: new Fingerprint(0, [new(0, 7)]), content: FileSystem("a"));
        Add(60, 1, fingerprint: new Fingerprint(0, [new(0, 8)]), content: FileSystem("a"));
        ShouldBeBest(await Choose(), 1, "salvage rule");
        _replicas.Clear();
        Add(0, 1, content: FileSystem("a"));
        Add(60, 1, content: FileSystem("b"));
        ShouldAsk(await Choose(), "same name");
        _replicas.Clear();
        Add(0, 1, content: FileSystem("a"));
        Add(60, 1);
        ShouldBeBest(await Choose(), 1, "salvage rule");
    }

    [Fact]
    public async Task A_third_replica_may_join_what_two_alone_would_not()
    {
        Add(0, 1, fingerprint: new Fingerprint(0, [new(0, 7)]), snapshots: ["volume-snap-a.img"]);
        Add(60, 1, fingerprint: new Fingerprint(0, [new(0, 8)]), snapshots: ["volume-snap-b.img"]);
        Add(30, 1, fingerprint: new Fingerprint(0, [new(0, 9)]), snapshots: ["volume-snap-c.img"]);
        ShouldAsk(await Choose(), "of 3 that had the same name");
        Add(10, 1, fingerprint: new Fingerprint(0, [new(0, 5)]), snapshots: ["volume-snap-a.img", "volume-snap-b.img"]);
        ShouldAsk(await Choose(), "of 2 that had the same name");
        Add(10, 1, fingerprint: new Fingerprint(0, [new(0, 6)]), snapshots: ["volume-snap-c.img", "volume-snap-b.img"]);
        ShouldBeBest(await Choose(), 1, "salvage rule");
    }

    [Theory]
    [InlineData(false, "it holds a file system that was just made, with no file in it")]
    [InlineData(true, "it holds nothing but zeros")]
    public async Task What_holds_nothing_is_empty_beside_what_holds_something(bool isBlank, string reason)
    {
        var nothing = isBlank ? new VolumeContent { Kind = ContentKind.Blank } : FileSystem("b") with { IsFreshlyFormatted = true };
        Add(90, 1, fingerprint: new Fingerprint(0, []), content: nothing);
        Add(0, 1, content: FileSystem("a"));
        var choice = await Choose();
        ShouldBeBest(choice, 1, "it is the only one that can be recovered");
        choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Empty);
        choice.Replicas[0].Reason.ShouldBe(reason);

        // Two that hold nothing stay a question: neither is more than the other.
        _replicas.RemoveAt(1);
        Add(0, 1, fingerprint: new Fingerprint(0, []), content: FileSystem("c") with { IsFreshlyFormatted = true });
        ShouldAsk(await Choose(), "same name");
    }

    [Fact]
    public async Task One_of_a_volume_that_holds_something_is_enough_to_keep_the_others_of_it()
    {
        Add(0, 1, content: FileSystem("a") with { IsFreshlyFormatted = true });
        Add(60, 1, content: FileSystem("a"));
        Add(90, 1, content: FileSystem("b") with { IsFreshlyFormatted = true });
        var choice = await Choose();
        ShouldBeBest(choice, 1, "salvage rule");
        choice.Replicas.Select(replica => replica.Standing).ShouldBe([ReplicaStanding.Stale, ReplicaStanding.Best, ReplicaStanding.Empty]);
    }

    [Fact]
    public async Task Nothing_is_no_list_of_replicas()
    {
        await Should.ThrowAsync<ArgumentNullException>(() => ReplicaChooser.ChooseAsync(null!, null, null, TestContext.Current.CancellationToken));
        Should.Throw<ArgumentNullException>(() => ReplicaChooser.Choose(null!, null, TestContext.Current.CancellationToken));
        Should.Throw<ArgumentNullException>(() => ReplicaEvidence.Of(null!, withFingerprint: true, TestContext.Current.CancellationToken));
        (await Choose()).Code.ShouldBe(SalvageCode.NothingToChoose);
    }

    private static VolumeContent FileSystem(string uuid) => new() { Kind = ContentKind.Ext4, Uuid = uuid };

    private static ReplicaEvidence Evidence(
        string path,
        int seconds,
        long allocated,
        long? counter = null,
        long size = Size,
        string[]? snapshots = null,
        VolumeContent? content = null,
        Fingerprint? fingerprint = null)
    {
        var layers = new List<LayerSummary> { new("volume-head-000.img", size, allocated, string.Empty, UserCreated: false, Removed: false, Noon) };
        layers.AddRange((snapshots ?? []).Select(name => new LayerSummary(name, size, 1 << 20, string.Empty, UserCreated: true, Removed: false, Noon)));
        var metadata = new ReplicaMetadata(size, "volume-head-000.img", Dirty: true, Rebuilding: false, string.Empty, 512, string.Empty, Encrypted: false);
        var judgement = new ReplicaJudgement(path, null, metadata, counter, layers, allocated, Noon.AddSeconds(seconds), null, []);
        return new ReplicaEvidence(judgement, content ?? new VolumeContent { Kind = ContentKind.Unknown }, fingerprint ?? Same, null);
    }

    private void Add(int seconds, long allocated, long? counter = null, long size = Size, string[]? snapshots = null, VolumeContent? content = null, Fingerprint? fingerprint = null) =>
        _replicas.Add(Evidence($"/r{_replicas.Count}", seconds, allocated, counter, size, snapshots, content, fingerprint));

    private Task<ReplicaChoice> Choose(ChoosingOptions? options = null, Func<string, string, ContentComparison>? compare = null) =>
        ReplicaChooser.ChooseAsync(
            _replicas,
            options,
            (one, other, _) =>
            {
                _compared.Add((one.Place, other.Place));
                return Task.FromResult(compare?.Invoke(one.Place, other.Place) ?? ContentComparison.Equal);
            },
            TestContext.Current.CancellationToken);

    private static void ShouldBeBest(ReplicaChoice choice, int index, string reason)
    {
        choice.Code.ShouldBeNull(choice.Reason);
        choice.Best.ShouldBe(choice.Replicas[index]);
        choice.Replicas.Count(replica => replica.Standing == ReplicaStanding.Best).ShouldBe(1);
        choice.Best!.Standing.ShouldBe(ReplicaStanding.Best);
        choice.Reason.ShouldContain(reason);
    }

    private static void ShouldAsk(ReplicaChoice choice, string reason)
    {
        choice.Code.ShouldBe(SalvageCode.ChoiceAmbiguous);
        choice.IsAmbiguous.ShouldBeTrue(choice.Reason);
        choice.Best.ShouldBeNull();
        choice.Reason.ShouldContain(reason);
    }
}
