using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Longhorn.Tests.Choosing;

public sealed class FingerprintTests : IDisposable
{
    private const int Block = ReplicaBuilder.Block;
    private readonly TestFolder _folder = new();
    private int _number;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_comparison_is_the_same_both_ways()
    {
        var block = from index in Gen.Choose(0, 60)
                    from digest in Gen.Choose(0, 2)
                    select new FingerprintBlock(index, (ulong)digest);
        var fingerprint = from level in Gen.Choose(0, 2)
                          from blocks in block.ListOf()
                          from size in Gen.Choose(1, 70)
                          select (Fingerprint: new Fingerprint(level, [.. blocks.Where(b => SampleGrid.LevelOf(b.Index) >= level).DistinctBy(b => b.Index).OrderBy(b => b.Index)]), Size: (long)size * Block);
        Prop.ForAll(
                fingerprint.ToArbitrary(),
                fingerprint.ToArbitrary(),
                (one, other) => Fingerprint.AreOfOneVolume(one.Fingerprint, one.Size, other.Fingerprint, other.Size) == Fingerprint.AreOfOneVolume(other.Fingerprint, other.Size, one.Fingerprint, one.Size))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Written_zeros_leave_no_trace()
    {
        var blocks = from data in Gen.Choose(0, 1500).ListOf(60)
                     from many in Gen.Elements(0, 1200)
                     from zeros in Gen.Choose(0, 1500).ListOf(400)
                     select (Data: data.Concat(Enumerable.Range(0, many)).ToHashSet(), Zeros: zeros.ToHashSet());
        Prop.ForAll(blocks.ToArbitrary(), found =>
            {
                var data = found.Data.Select(index => ((long)index, (byte)(1 + (index % 250)))).ToArray();
                var without = Take(8 << 20, data);
                var with = Take(8 << 20, [.. data, .. found.Zeros.Except(found.Data).Select(index => ((long)index, (byte)0))]);
                with.Level.ShouldBe(without.Level);
                with.Blocks.ShouldBe(without.Blocks);
                without.Blocks.Count.ShouldBeLessThanOrEqualTo(Fingerprint.MostBlocks);
                return true;
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(15));
    }

    [Fact]
    public void The_grid_has_one_block_of_every_group_and_each_level_is_part_of_the_one_below()
    {
        for (var level = 0; level <= 8; level++)
        {
            var on = Enumerable.Range(0, 2048).Where(block => SampleGrid.LevelOf(block) >= level).ToList();
            on.ShouldBe(Enumerable.Range(0, 2048 >> level).Select(group => (int)SampleGrid.BlockOf(level, group)));
            on.Select(block => block >> level).ShouldBe(Enumerable.Range(0, 2048 >> level));
            foreach (var end in new[] { 0, 1, 5, 255, 256, 257, 1000, 2048 })
            {
                SampleGrid.CountBefore(level, end).ShouldBe(on.Count(block => block < end));
            }
        }
    }

    [Fact]
    public void Data_in_steps_of_a_power_of_two_is_sampled_like_any_other()
    {
        // One block of every sixteen, as a database with large pages leaves it.
        var fingerprint = Take(1L << 31, [.. Enumerable.Range(0, 20_000).Select(index => (index * 16L, (byte)7))]);
        fingerprint.Blocks.Count.ShouldBeInRange(Fingerprint.MostBlocks / 4, Fingerprint.MostBlocks);
    }

    [Fact]
    public void A_volume_of_8_TiB_is_sampled_in_moments()
    {
        const long size = 1L << 43;
        var fingerprint = Take(size, [(0, 1), (1L << 30, 2), ((size / Block) - 1, 3)]);
        fingerprint.Level.ShouldBe(0);
        fingerprint.Blocks.Select(block => block.Index).ShouldBe([0, 1L << 30, (size / Block) - 1]);
    }

    private Fingerprint Take(long size, (long Block, byte Fill)[] blocks)
    {
        var replica = new ReplicaBuilder(_folder, suffix: $"{_number++:x8}", size: size).WithLayers(blocks, []);
        using var opened = OpenedReplica.Open(replica.Path, new() { Accepted = [SalvageCode.Empty] });
        var fingerprint = Fingerprint.Of(opened.Volume, TestContext.Current.CancellationToken);
        Directory.Delete(replica.Path, recursive: true);
        return fingerprint;
    }
}
