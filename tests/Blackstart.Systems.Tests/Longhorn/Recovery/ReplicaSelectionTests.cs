using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Scanning;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Longhorn.Capture;
using Blackstart.Systems.Longhorn.Recovery;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Tests.Longhorn.Recovery;

/// <summary>Which replica a volume is brought back from, and when nobody but the operator can say.</summary>
public sealed class ReplicaSelectionTests
{
    private const string Uuid = "83a09dc2-231f-4dbf-86fb-bbe88e9875c2";
    private static readonly DateTimeOffset Noon = new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_replica_that_was_named_is_taken_though_the_evidence_says_another()
    {
        var older = Replica("pi1", "v-00000001", Noon.AddDays(-1));
        var newer = Replica("pi2", "v-00000002", Noon);

        (await ChooseAsync([older, newer], []))["node"]!.GetValue<string>().ShouldBe("pi2");
        foreach (var directory in (string[])["v-00000001", older.Judgement.Path])
        {
            var choice = await ChooseAsync([older, newer], [], named: new NamedReplica("v", "pi1", directory));
            choice["replica"]!.GetValue<string>().ShouldBe(older.Judgement.Path);
            choice["reason"]!.GetValue<string>().ShouldBe("the operator named it");
        }
    }

    [Theory]
    [InlineData("pi1", "v-00000009")]
    [InlineData("pi2", "v-00000001")]
    [InlineData("pi2", "v-00000003")]
    [InlineData("pi3", "v-00000004")]
    public async Task One_that_is_not_there_or_not_whole_or_in_use_is_refused_with_those_that_can_be_named(string node, string directory)
    {
        var good = Replica("pi1", "v-00000001", Noon);
        var damaged = Replica("pi2", "v-00000003", Noon, refusal: SalvageCode.Rebuilding);
        var current = Replica("pi3", "v-00000004", Noon);

        var failure = await Should.ThrowAsync<BlackstartException>(() => ChooseAsync([good, damaged, current], [], named: new NamedReplica("v", node, directory), inUse: [("pi3", "v-00000004")]));

        failure.Code.ShouldBe("BS4630");
        failure.Remedy.ShouldContain($"--replica v={good.Place}`");
        failure.Remedy.ShouldNotContain("00000003");
        failure.Remedy.ShouldNotContain("00000004");
    }

    [Fact]
    public async Task Two_that_hold_different_data_are_asked_about_by_name()
    {
        var one = Replica("pi1", "v-00000001", Noon);
        var other = Replica("pi2", "v-00000002", Noon);

        var failure = await Should.ThrowAsync<BlackstartException>(() => ChooseAsync([one, other], []));

        failure.Code.ShouldBe("BS4603");
        failure.Remedy.ShouldContain($"`blackstart recover --replica v={one.Place}`, or `blackstart recover --replica v={other.Place}`");
    }

    [Fact]
    public async Task A_captured_replica_that_cannot_be_used_says_nothing_of_a_node_that_is_down()
    {
        var damaged = Replica("pi1", "v-00000001", Noon, refusal: SalvageCode.Rebuilding);
        var old = Replica("pi1", "v-00000002", Noon.AddDays(-100));

        var failure = await Should.ThrowAsync<BlackstartException>(() => ChooseAsync([damaged, old], ["v-00000001"], down: "pi2"));

        failure.Code.ShouldBe("BS4603");
        failure.Cause.ShouldContain("pi2");
        (await ChooseAsync([damaged, old], ["v-00000001"], down: "pi2", named: new NamedReplica("v", "pi1", "v-00000002")))["reason"]!.GetValue<string>().ShouldBe("the operator named it; not looked at: pi2");
    }

    [Fact]
    public async Task With_the_captured_replicas_at_hand_a_node_that_is_down_is_told_and_not_waited_for()
    {
        var choice = await ChooseAsync([Replica("pi1", "v-00000001", Noon)], ["v-00000001"], down: "pi2");

        choice["reason"]!.GetValue<string>().ShouldEndWith("; not looked at: pi2");
    }

    [Fact]
    public async Task Old_orphans_are_not_taken_where_none_of_the_captured_replicas_is_found()
    {
        var failure = await Should.ThrowAsync<BlackstartException>(() => ChooseAsync([Replica("pi1", "v-00000002", Noon)], ["v-00000001"]));

        failure.Code.ShouldBe("BS4603");
        failure.Cause.ShouldContain("v-00000001");
    }

    [Fact]
    public async Task What_a_recovery_left_half_written_is_not_taken_for_being_the_newest()
    {
        var whole = Replica("pi1", "v-00000001", Noon, data: 100 << 20);
        var half = Replica("pi1", "v-00000002", Noon.AddHours(1), data: 50 << 20);
        var rebuilt = Replica("pi1", "v-00000003", Noon.AddHours(1), data: 90 << 20);

        (await Should.ThrowAsync<BlackstartException>(() => ChooseAsync([whole, half], ["v-00000001"]))).Cause.ShouldContain("half written");
        (await ChooseAsync([whole, rebuilt], ["v-00000001"]))["replica"]!.GetValue<string>().ShouldBe(rebuilt.Judgement.Path);
    }

    [Fact]
    public async Task The_replicas_of_an_encrypted_volume_are_larger_than_it()
    {
        var replica = Replica("pi1", "v-00000001", Noon, size: (1L << 30) + (16 << 20));

        (await Should.ThrowAsync<BlackstartException>(() => ChooseAsync([replica], []))).Code.ShouldBe("BS4603");
        (await ChooseAsync([replica], [], isEncrypted: true))["node"]!.GetValue<string>().ShouldBe("pi1");
    }

    [Theory]
    [InlineData("ext4:" + Uuid, "u1", false, true)]
    [InlineData("ext4:" + Uuid, "u2", false, true)]
    [InlineData("ext4:" + Uuid, "u1", true, false)]
    [InlineData("ext4:00000000-0000-0000-0000-000000000000", "u1", false, false)]
    [InlineData(null, "u1", false, true)]
    [InlineData(null, "u1", true, false)]
    [InlineData(null, "u2", false, false)]
    [InlineData("raw", "u2", false, false)]
    public async Task A_volume_that_a_recovery_left_unfinished_only_looks_whole(string? captured, string uid, bool isUnfinished, bool isWhole)
    {
        var volume = Captured(["v-00000001"]) with { Content = captured, Uid = uid };
        var state = State("u1", "v-00000001", isUnfinished ? new JsonObject { [VolumeState.UnfinishedAnnotation] = "true" } : []);
        var selection = new ReplicaSelection(volume, Findings([Replica("pi1", "v-00000001", Noon)], null), Work());

        (await selection.IsWholeAsync(state, Cancel)).ShouldBe(isWhole);
    }

    [Fact]
    public void A_note_of_a_verification_holds_for_its_object_and_directories_alone()
    {
        var note = new JsonObject { [VolumeState.VerifiedAnnotation] = "v-00000001", [VolumeState.VerifiedUidAnnotation] = "u1", [VolumeState.VerifiedContentAnnotation] = "raw" };

        State("u1", "v-00000001", note).VerifiedContent.ShouldBe("raw");
        State("u2", "v-00000001", note).IsVerified.ShouldBeFalse();
        State("u2", "v-00000001", note).VerifiedDirectories.ShouldBeEmpty();
        State("u1", "v-00000002", note).IsVerified.ShouldBeFalse();
        note[VolumeState.UnfinishedAnnotation] = "true";
        State("u1", "v-00000001", note).IsVerified.ShouldBeFalse();
    }

    [Fact]
    public void Several_engines_with_a_device_offer_none()
    {
        var engine = new JsonObject { ["status"] = new JsonObject { ["endpoint"] = "/dev/longhorn/v" } };
        var other = new JsonObject { ["status"] = new JsonObject { ["endpoint"] = "nbd://127.0.0.1:1" } };
        var state = State("u1", "v-00000001", []);

        (state with { Engines = [engine, []] }).Endpoint.ShouldBe("/dev/longhorn/v");
        (state with { Engines = [engine, other] }).Endpoint.ShouldBeNull();
    }

    [Fact]
    public void A_disk_that_is_not_mounted_or_not_root_s_was_not_looked_at()
    {
        var disk = new FoundDisk("/var/lib/longhorn", "uuid");
        var closed = Replica("pi1", "v-00000001", Noon, refusal: SalvageCode.DirectoryUnreadable);
        var choice = new ReplicaChoice(null, null, "", [new RankedReplica(closed, ReplicaStanding.Damaged, "")]);

        Survey.NotSeen(new ScanReport([disk], [], []), "/var/lib/longhorn").ShouldBeNull();
        Survey.NotSeen(new ScanReport([], [], []), "/var/lib/longhorn")!.ShouldContain("mounted");
        Survey.NotSeen(new ScanReport([disk], [], ["/var/lib/longhorn/replicas"]), "/var/lib/longhorn")!.ShouldContain("root");
        Survey.NotSeen(new ScanReport([disk], [new FoundVolume("v", choice)], []), "/var/lib/longhorn")!.ShouldContain(closed.Judgement.Path);
    }

    [Theory]
    [InlineData("v")]
    [InlineData("v=pi1")]
    [InlineData("=pi1:/x")]
    [InlineData("v=:/x")]
    [InlineData("v=pi1:")]
    public void What_names_no_replica_is_refused(string text) =>
        Should.Throw<BlackstartException>(() => NamedReplica.Check([text])).Code.ShouldBe("BS4630");

    [Fact]
    public void A_volume_is_named_once() =>
        Should.Throw<BlackstartException>(() => NamedReplica.Check(["v=pi1:/x", "v=pi2:/x"])).Cause.ShouldContain("twice");

    private static async Task<JsonObject> ChooseAsync(
        IReadOnlyList<ReplicaEvidence> found,
        IReadOnlyList<string> captured,
        string? down = null,
        NamedReplica? named = null,
        bool isEncrypted = false,
        IReadOnlyList<(string Node, string Directory)>? inUse = null)
    {
        var selection = new ReplicaSelection(Captured(captured) with { IsEncrypted = isEncrypted }, Findings(found, down), Work()) { Named = named };
        return await selection.ChooseAsync(inUse ?? [], [], new StepContext("choose", RunFacts.Transient(), new NoProgress()), Cancel);
    }

    private static CapturedVolume Captured(IReadOnlyList<string> replicas) => new("v", 1L << 30, "ext4:" + Uuid, replicas, "", "", null);

    private static NodeWork Work() => new(new Lazy<INodeRunner>(new Digests()));

    private static SurveyFindings Findings(IReadOnlyList<ReplicaEvidence> found, string? down) => new(
        Noon,
        [
            .. found.GroupBy(e => e.Node!, StringComparer.Ordinal).Select(g => new DiskFindings(g.Key, "/d", new Dictionary<string, IReadOnlyList<ReplicaEvidence>>(StringComparer.Ordinal) { ["v"] = [.. g] }, null)),
            .. down is null ? [] : (DiskFindings[])[new DiskFindings(down, "/d", new Dictionary<string, IReadOnlyList<ReplicaEvidence>>(StringComparer.Ordinal), "BS4623 dead")],
        ]);

    private static ReplicaEvidence Replica(string node, string directory, DateTimeOffset written, string? refusal = null, long size = 1L << 30, long data = 1 << 20) => new(
        new ReplicaJudgement(
            $"/var/lib/longhorn/replicas/{directory}",
            null,
            new ReplicaMetadata(size, "volume-head-000.img", Dirty: true, Rebuilding: false, "", 512, "", Encrypted: false),
            null,
            [new LayerSummary("volume-head-000.img", size, data, "", UserCreated: false, Removed: false, written)],
            data,
            written,
            null,
            refusal is null ? [] : [new Finding(FindingKind.Refusal, refusal, "refused")]),
        new VolumeContent { Kind = ContentKind.Ext4, Uuid = Uuid },
        null,
        data) { Node = node };

    private static VolumeState State(string uid, string directory, JsonObject annotations) => new(
        "v",
        new JsonObject { ["metadata"] = new JsonObject { ["uid"] = uid, ["annotations"] = annotations.DeepClone() }, ["spec"] = new JsonObject { ["size"] = "1073741824" } },
        [],
        [new JsonObject { ["spec"] = new JsonObject { ["nodeID"] = "pi1", ["dataDirectoryName"] = directory, ["healthyAt"] = "2026-04-01T12:00:00Z" } }],
        null);

    /// <summary>Nodes on which every replica has a digest of its own.</summary>
    private sealed class Digests : INodeRunner
    {
        public NodeRunnerKind Kind => NodeRunnerKind.Here;

        public Task<NodeResult> RunAsync(NodeCommand command, IProgress<StepProgress>? progress, CancellationToken cancellationToken) =>
            Task.FromResult(new NodeResult(0, new JsonObject { ["schemaVersion"] = 1, ["sha256"] = command.Node + command.Arguments[1] }));
    }

    private sealed class NoProgress : IProgress<StepProgress>
    {
        public void Report(StepProgress value)
        {
        }
    }
}
