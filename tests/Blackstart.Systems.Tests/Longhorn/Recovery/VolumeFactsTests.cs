using System.Text.Json.Nodes;
using Blackstart.Core.Execution;
using Blackstart.Systems.Longhorn;
using Blackstart.Systems.Longhorn.Recovery;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Tests.Longhorn.Recovery;

/// <summary>What a run may believe of what it did to a volume.</summary>
public sealed class VolumeFactsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void After_a_target_was_refused_nothing_was_begun_and_nothing_may_be_written_over()
    {
        var facts = new VolumeFacts(RunFacts.Transient(), "v");
        var state = State("u1");
        facts.SetFree(state);
        facts.Begin(state, Noon);
        facts.HasBegun(state).ShouldBeTrue();

        facts.TakeBackBegin();

        facts.HasBegun(state).ShouldBeFalse();
        facts.IsFree(state).ShouldBeFalse();
        facts.Attempt(state).ShouldBeNull();
    }

    [Fact]
    public void What_was_begun_keeps_its_first_moment_and_holds_for_its_Volume_alone()
    {
        var facts = new VolumeFacts(RunFacts.Transient(), "v");
        facts.Begin(State("u1"), Noon);
        facts.VoidInjected();
        facts.Begin(State("u1"), Noon.AddDays(7));

        facts.BegunAt(State("u1")).ShouldBe(Noon);
        facts.HasBegun(State("u2")).ShouldBeFalse();
        facts.IsFree(State("u2")).ShouldBeFalse();
    }

    [Fact]
    public void The_note_of_a_verification_is_bound_to_the_object_and_to_the_replicas_in_service()
    {
        var facts = new VolumeFacts(RunFacts.Transient(), "v");
        facts.Choose(new JsonObject { ["volume"] = "v" });
        facts.SetVerified(State("u1"), "abc", "ext4:1");

        var note = facts.Note(State("u1"))!;
        note[VolumeState.VerifiedAnnotation]!.GetValue<string>().ShouldBe("v-00000001");
        note[VolumeState.VerifiedUidAnnotation]!.GetValue<string>().ShouldBe("u1");
        note.ContainsKey(VolumeState.UnfinishedAnnotation).ShouldBeTrue();
        facts.Note(State("u2")).ShouldBeNull();
    }

    [Theory]
    [InlineData("ext4:1", false, "ext4:1", true)]
    [InlineData("ext4:1", false, null, true)]
    [InlineData("raw", false, null, true)]
    [InlineData("blank", true, null, false)]
    [InlineData("ext4:2", true, null, false)]
    [InlineData("ext4:2", true, "ext4:1", false)]
    [InlineData("blank", true, "blank", true)]
    public void Where_the_content_was_never_captured_anything_but_emptiness_is_right(string found, bool isFresh, string? captured, bool isRight) =>
        (VolumeProbes.AskContent(new DeviceReport(found, null, null, isFresh), captured) is null).ShouldBe(isRight);

    [Fact]
    public void The_last_use_of_a_device_is_the_later_of_mounting_and_writing()
    {
        DeviceReport Read(string? mounted, string? written) => DeviceReport.Read(new NodeResult(0, new JsonObject
        {
            ["content"] = new JsonObject { ["word"] = "ext4:1", ["lastMounted"] = mounted, ["lastWritten"] = written },
        }));

        Read("2026-04-01T12:00:00+00:00", "2026-04-01T11:00:00+00:00").LastUse.ShouldBe(Noon);
        Read(null, "2026-04-01T12:00:00+00:00").LastUse.ShouldBe(Noon);
        Read(null, null).LastUse.ShouldBeNull();
    }

    private static VolumeState State(string uid) => new(
        "v",
        new JsonObject { ["metadata"] = new JsonObject { ["uid"] = uid } },
        [],
        [Replica("v-00000001", failedAt: ""), Replica("v-00000002", failedAt: "2026-04-01T12:00:00Z")],
        null);

    private static JsonObject Replica(string directory, string failedAt) => new()
    {
        ["spec"] = new JsonObject { ["nodeID"] = "pi1", ["dataDirectoryName"] = directory, ["healthyAt"] = "2026-04-01T11:00:00Z", ["failedAt"] = failedAt },
    };
}
