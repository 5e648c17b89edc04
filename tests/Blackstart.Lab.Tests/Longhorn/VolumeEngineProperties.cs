using Blackstart.Lab.Longhorn.Engine;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>Whatever is done to a volume, the engine reads as the model does, and so does every single replica, and so does the salvage reader.</summary>
public sealed class VolumeEngineProperties
{
    private const int Blocks = 64;
    private const int Size = Blocks * 4096;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheEngineReadsWhatTheModelReads(bool countRevisions)
    {
        var operation =
            from kind in Gen.Choose(0, 11)
            from at in Gen.Choose(0, Size - 1)
            from aligned in Gen.Choose(0, 1)
            from length in Gen.OneOf(Gen.Choose(0, 600), Gen.Choose(0, 40_000))
            from fill in Gen.Choose(0, 255)
            select (kind, aligned == 0 ? at : at / 4096 * 4096, length, fill);
        var property = Prop.ForAll(operation.ArrayOf().ToArbitrary(), operations => RunAsync(operations, countRevisions).GetAwaiter().GetResult());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40).WithStartSize(5).WithEndSize(40), property);
    }

    private static async Task RunAsync((int Kind, int At, int Length, int Fill)[] operations, bool countRevisions)
    {
        using var folder = new ReplicaFolder();
        var options = new EngineOptions { CountRevisions = countRevisions };
        var cancellationToken = TestContext.Current.CancellationToken;
        var model = new LayeredModel(Blocks);
        var engine = VolumeEngine.Start("v", Size, folder.Sources(1, 2, 3), options);
        foreach (var (kind, offset, length, fill) in operations)
        {
            var count = Math.Min(length, Size - offset);
            switch (kind)
            {
                case 0 or 1 or 2 or 3:
                    var data = new byte[count];
                    new Random(fill).NextBytes(data);
                    await engine.WriteAsync(offset, data, cancellationToken);
                    model.Write(offset, data);
                    break;
                case 4:
                    // Whole blocks, of zeros half of the time: a written zero block hides what is below.
                    var whole = new byte[Math.Min(((count / 4096) + 1) * 4096, Size - (offset / 4096 * 4096))];
                    whole.AsSpan().Fill((byte)(fill % 2));
                    await engine.WriteAsync(offset / 4096 * 4096, whole, cancellationToken);
                    model.Write(offset / 4096 * 4096, whole);
                    break;
                case 5:
                    await engine.WriteZeroesAsync(offset, count, allocate: fill % 2 == 0, cancellationToken);
                    model.Write(offset, new byte[count]);
                    break;
                case 6:
                    await engine.TrimAsync(offset, count, cancellationToken);
                    model.Trim(offset, count);
                    break;
                case 7 or 8:
                    var name = $"s{model.Snapshots.Count}-{Guid.NewGuid():N}";
                    await engine.SnapshotAsync(name, userCreated: true, labels: null, cancellationToken);
                    model.Snapshot(name);
                    break;
                case 9 when model.Snapshots.Count > 0:
                    var target = model.Snapshots[fill % model.Snapshots.Count];
                    if (engine.Snapshots.Contains($"volume-snap-{target}.img"))
                    {
                        await engine.RevertAsync(target, cancellationToken);
                        model.Revert(target);
                    }

                    break;
                case 10 when fill % 3 == 0:
                    var rebuilt = (fill % 2) + 2;
                    await engine.RebuildAsync($"v-r-{rebuilt}", folder.Replica(rebuilt), cancellationToken);
                    model.Snapshot(Path.GetFileNameWithoutExtension(engine.Snapshots[^1])["volume-snap-".Length..]);
                    break;
                default:
                    // Every other time nobody closes it, as when the power goes.
                    if (fill % 2 == 0)
                    {
                        await engine.DisposeAsync();
                    }
                    else
                    {
                        await engine.AbandonAsync();
                    }

                    engine = VolumeEngine.Start("v", Size, folder.Sources(1, 2, 3), options);
                    engine.Replicas.ShouldAllBe(replica => replica.Mode == ReplicaMode.ReadWrite);
                    break;
            }
        }

        var expected = model.Content();
        var read = new byte[Size];
        await engine.ReadAsync(0, read, cancellationToken);
        read.AsSpan().SequenceEqual(expected).ShouldBeTrue("the engine");
        await engine.DisposeAsync();
        foreach (var number in new[] { 1, 2, 3 })
        {
            await using var alone = VolumeEngine.Start("v", Size, folder.Sources(number), options);
            await alone.ReadAsync(0, read, cancellationToken);
            read.AsSpan().SequenceEqual(expected).ShouldBeTrue($"replica {number}");
        }

        await Salvage.ShouldGiveAsync(folder.Replica((operations.Length % 3) + 1), expected);
    }
}
