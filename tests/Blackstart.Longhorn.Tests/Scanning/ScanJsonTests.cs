using System.Text.Json;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Scanning;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Scanning;

public sealed class ScanJsonTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_found_comes_back_whole()
    {
        new ReplicaBuilder(_folder, suffix: "00000001").WithLayers([(0, 1)], [(7, 2)]).WithCounter(long.MaxValue);
        new ReplicaBuilder(_folder, suffix: "00000002").WithLayers([(0, 1)], [(7, 2)]).WithVolumeMetadata(m => m["Error"] = "a \"quoted\"\u001b[31m\nerror \ud83d\ude00");
        Directory.CreateDirectory(_folder["disk/replicas/pvc-test-00000003"]);
        var report = ReplicaScan.Run([_folder.Path], new ScanOptions { WithFingerprints = true }, TestContext.Current.CancellationToken);
        ShouldComeBack(report);
        report.Volumes[0].Choice.Replicas.Count.ShouldBe(3);
        report.Volumes[0].Choice.Replicas[0].Evidence.DataBytes.ShouldBe(2 * ReplicaBuilder.Block);
        report.Volumes[0].Choice.Replicas[0].Evidence.Fingerprint!.Blocks.Count.ShouldBe(2);
    }

    [Fact]
    public void Every_word_and_every_date_comes_back()
    {
        var date = new DateTimeOffset(2026, 4, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(1234567);
        var replicas = new List<RankedReplica>();
        foreach (var standing in Enum.GetValues<ReplicaStanding>())
        {
            foreach (var kind in Enum.GetValues<ContentKind>())
            {
                var content = new VolumeContent { Kind = kind, Uuid = "u", Label = "l", LastMounted = date, LastWritten = date.AddDays(1), Inodes = 7, FreeInodes = 3, NeedsRecovery = true, IsFreshlyFormatted = true };
                var judgement = new ReplicaJudgement("/a/pvc-0123abcd", new ReplicaName("pvc", "0123abcd"), null, null, [], 0, date, "/b", [new Finding(FindingKind.Note, "BS5067", "n")]);
                replicas.Add(new RankedReplica(new ReplicaEvidence(judgement, content, null, null) { Node = "pi1" }, standing, "r"));
            }
        }

        ShouldComeBack(new ScanReport(
            [new FoundDisk("/d", null), new FoundDisk("/dev/sdb", null, FoundDisk.SecondEngine)],
            [new FoundVolume("pvc", new ReplicaChoice(replicas[0], null, "why", replicas)), new FoundVolume("none", new ReplicaChoice(null, SalvageCode.ChoiceAmbiguous, "ask", []))],
            ["/x"]) { Roots = ["/d"], Volume = "pvc" });
        ScanJson.Read("""{"schemaVersion":1,"disks":[],"volumes":[],"unreadable":[]}""").Roots.ShouldBeEmpty("one who asked nothing more");
    }

    [Fact]
    public void The_fields_are_the_documented_ones()
    {
        new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(7, 2)]);
        using var json = JsonDocument.Parse(ScanJson.Write(ReplicaScan.Run([_folder.Path], new ScanOptions { WithFingerprints = true }, TestContext.Current.CancellationToken)));
        Fields(json.RootElement).ShouldBe(["schemaVersion", "roots", "volume", "reason", "disks", "volumes", "unreadable"]);
        Fields(json.RootElement.GetProperty("disks")[0]).ShouldBe(["path", "uuid", "engine"]);
        var volume = json.RootElement.GetProperty("volumes")[0];
        Fields(volume).ShouldBe(["name", "choice", "ambiguous", "code", "reason", "replicas"]);
        var replica = volume.GetProperty("replicas")[0];
        string[] asked = ["path", "verdict", "code", "reason", "size", "allocated", "head", "chain", "revisionCounter", "rebuilding", "dirty", "error", "newestWrite", "content"];
        asked.Except(Fields(replica)).ShouldBeEmpty();
        replica.GetProperty("verdict").GetString().ShouldBe("best");
        replica.GetProperty("chain").EnumerateArray().Select(layer => layer.GetString()).ShouldBe(["volume-head-000.img", "volume-snap-s1.img"]);
        replica.GetProperty("snapshots")[0].GetProperty("name").GetString().ShouldBe("s1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schemaVersion":2,"disks":[],"volumes":[],"unreadable":[]}""")]
    [InlineData("""{"schemaVersion":1,"disks":[],"volumes":[{"name":null,"code":null,"reason":"","replicas":[]}],"unreadable":[]}""")]
    [InlineData("""{"schemaVersion":1,"disks":[],"volumes":[{"name":"x","code":null,"reason":"","replicas":[{"path":"/x"}]}],"unreadable":[]}""")]
    public void What_is_no_scan_is_refused(string json) => Should.Throw<FormatException>(() => ScanJson.Read(json));

    private static List<string> Fields(JsonElement json) => [.. json.EnumerateObject().Select(property => property.Name)];

    private static void ShouldComeBack(ScanReport report)
    {
        var written = ScanJson.Write(report);
        var read = ScanJson.Read(written);
        ScanJson.Write(read).ShouldBe(written);
        read.Disks.ShouldBe(report.Disks);
        read.Unreadable.ShouldBe(report.Unreadable);
        read.Roots.ShouldBe(report.Roots);
        read.Volume.ShouldBe(report.Volume);
        read.Volumes.Select(volume => volume.Choice.Best?.Judgement.Path).ShouldBe(report.Volumes.Select(volume => volume.Choice.Best?.Judgement.Path));
        foreach (var (one, other) in report.Volumes.SelectMany(v => v.Choice.Replicas).Zip(read.Volumes.SelectMany(v => v.Choice.Replicas)))
        {
            other.Standing.ShouldBe(one.Standing);
            other.Reason.ShouldBe(one.Reason);
            other.Content.ShouldBe(one.Content);
            other.Evidence.Node.ShouldBe(one.Evidence.Node);
            other.Judgement.Metadata.ShouldBe(one.Judgement.Metadata);
            other.Judgement.Chain.ShouldBe(one.Judgement.Chain);
            other.Judgement.Findings.ShouldBe(one.Judgement.Findings);
            (other.Judgement with { Chain = [], Findings = [] }).ToString().ShouldBe((one.Judgement with { Chain = [], Findings = [] }).ToString());
            (other.Evidence.Fingerprint?.Blocks ?? []).ShouldBe(one.Evidence.Fingerprint?.Blocks ?? []);
        }
    }
}
