using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Scanning;
using Blackstart.Longhorn.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Longhorn.Tests.Choosing;

/// <summary>Choosing by evidence that has travelled as JSON, against choosing with the directories at hand.</summary>
public sealed class ReplicaEvidenceTests : IDisposable
{
    private static readonly DateTime Noon = new(2026, 4, 1, 12, 0, 0, DateTimeKind.Utc);
    private readonly TestFolder _folder = new();
    private int _number;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_choice_by_evidence_is_the_choice_by_directories()
    {
        var block = from index in Gen.Choose(0, 40)
                    from fill in Gen.Choose(0, 3)
                    select ((long)index, (byte)fill);
        var replica = from layers in block.ListOf(20).ListOf(2)
                      from extra in Gen.Choose(0, 2)
                      from counter in Gen.Frequency((2, Gen.Constant(-1)), (3, Gen.Choose(1, 3)))
                      from seconds in Gen.Elements(0, 3, 60)
                      from size in Gen.Frequency((4, Gen.Constant(4)), (1, Gen.Constant(6)))
                      select (Layers: layers.Take(extra == 0 ? 2 : 1).ToList(), Counter: counter, Seconds: seconds, Size: (long)size << 20);
        Prop.ForAll(
                (from replicas in replica.ListOf(4) where replicas.Count > 1 select replicas).ToArbitrary(),
                Gen.Elements(true, false).ToArbitrary(),
                (replicas, isComparing) => IsTheSame([.. replicas.Select(r => (r.Layers.ConvertAll(l => l.ToList()), r.Counter, r.Seconds, r.Size))], isComparing))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public async Task Evidence_of_several_nodes_names_the_node()
    {
        var one = new ReplicaBuilder(_folder, disk: "a").WithLayers([(0, 1)], [(1, 1)]).WithCounter(3);
        var other = new ReplicaBuilder(_folder, disk: "b").WithLayers([(0, 2)], [(1, 1)]).WithCounter(3);
        var evidence = new[] { one, other }.Select((replica, i) => Evidence(replica.Path) with { Node = $"pi{i}" }).ToList();
        var options = new ChoosingOptions();

        var different = await ReplicaChooser.ChooseAsync(evidence, options, (_, _, _) => Task.FromResult(ContentComparison.Different()), TestContext.Current.CancellationToken);
        different.IsAmbiguous.ShouldBeTrue();
        different.Reason.ShouldContain($"pi0:{one.Path} and pi1:{other.Path}");

        var notCompared = await ReplicaChooser.ChooseAsync(evidence, options, null, TestContext.Current.CancellationToken);
        notCompared.Best!.Evidence.Node.ShouldBe("pi0");
        notCompared.Reason.ShouldContain("contents were not compared");
        (await ReplicaChooser.ChooseAsync(evidence, options, (_, _, _) => Task.FromResult(ContentComparison.Equal), TestContext.Current.CancellationToken))
            .Reason.ShouldContain("the same bytes");
    }

    [Fact]
    public async Task Without_fingerprints_raw_volumes_are_not_taken_for_one()
    {
        var one = new ReplicaBuilder(_folder, disk: "a").WithLayers([[(0, 1), (1, 1)]]);
        var other = new ReplicaBuilder(_folder, disk: "b").WithLayers([[(0, 1), (1, 1)]]);
        var evidence = new[] { one, other }.Select(replica => Evidence(replica.Path)).ToList();
        var bare = evidence.ConvertAll(item => item with { Fingerprint = null });
        (await ReplicaChooser.ChooseAsync(evidence, null, null, TestContext.Current.CancellationToken)).Best.ShouldNotBeNull();
        (await ReplicaChooser.ChooseAsync(bare, null, null, TestContext.Current.CancellationToken)).IsAmbiguous.ShouldBeTrue();
    }

    [Fact]
    public void What_cannot_be_read_while_it_is_looked_at_is_a_refusal()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 1)]);
        using var opened = OpenedReplica.Open(replica.Path);
        using (var file = File.OpenHandle(replica["volume-head-000.img"], FileMode.Open, FileAccess.Write))
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.SetLength(file, 512);
            RandomAccess.Write(file, new byte[512].Select(_ => (byte)1).ToArray(), 0);
        }

        var evidence = ReplicaEvidence.Of(opened, withFingerprint: true, TestContext.Current.CancellationToken);
        evidence.Judgement.Refusal!.Code.ShouldBe(SalvageCode.ReadFailed);
        evidence.Content.ShouldBeNull();
    }

    private bool IsTheSame(List<(List<List<(long, byte)>> Layers, int Counter, int Seconds, long Size)> replicas, bool isComparing)
    {
        var volume = $"pvc-{_number++}";
        var opened = new List<ReplicaDirectory>();
        try
        {
            foreach (var (replica, i) in replicas.Select((replica, i) => (replica, i)))
            {
                var built = new ReplicaBuilder(_folder, volume, $"{i:x8}", size: replica.Size).WithLayers([.. replica.Layers.Select(l => l.DistinctBy(b => b.Item1).ToArray()).DefaultIfEmpty([])]);
                File.SetLastWriteTimeUtc(built["volume-head-000.img"], Noon.AddSeconds(replica.Seconds));
                if (replica.Counter >= 0)
                {
                    built.WithCounter(replica.Counter);
                }

                opened.Add(OpenedReplica.Open(built.Path));
            }

            var options = new ChoosingOptions { CompareContents = isComparing };
            var expected = ReplicaChooser.Choose(opened, options, TestContext.Current.CancellationToken);
            var evidence = opened.ConvertAll(replica => ReplicaEvidence.Of(replica, withFingerprint: true, TestContext.Current.CancellationToken));
            var unranked = evidence.ConvertAll(item => new RankedReplica(item, ReplicaStanding.Usable, "not compared yet"));
            var sent = ScanJson.Write(new ScanReport([], [new FoundVolume(volume, new ReplicaChoice(null, null, string.Empty, unranked))], []));
            var received = ScanJson.Read(sent).EvidenceOf(volume).ToList();
            var choosing = ReplicaChooser.ChooseAsync(received, options, Compare, TestContext.Current.CancellationToken);
            choosing.IsCompleted.ShouldBeTrue();
            Told(choosing.GetAwaiter().GetResult()).ShouldBe(Told(expected));
            return true;
        }
        finally
        {
            opened.ForEach(replica => replica.Dispose());
        }

        Task<ContentComparison> Compare(ReplicaEvidence one, ReplicaEvidence other, CancellationToken stop) => Task.FromResult(
            VolumeComparison.FirstDifference(VolumeOf(one), VolumeOf(other), stop) is { } offset ? ContentComparison.Different(offset) : ContentComparison.Equal);

        MergedVolume VolumeOf(ReplicaEvidence item) => opened.Single(replica => replica.Judgement.Path == item.Judgement.Path).Volume;
    }

    private static List<string> Told(ReplicaChoice choice) =>
        [choice.Best?.Judgement.Path ?? "none", choice.Code ?? "chosen", choice.Reason, .. choice.Replicas.Select(r => $"{r.Judgement.Path} {r.Standing} {r.Reason}")];

    private static ReplicaEvidence Evidence(string path)
    {
        using var opened = OpenedReplica.Open(path);
        return ReplicaEvidence.Of(opened, withFingerprint: true, TestContext.Current.CancellationToken);
    }
}
