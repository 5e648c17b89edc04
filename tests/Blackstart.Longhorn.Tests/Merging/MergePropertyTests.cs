using System.Security.Cryptography;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Longhorn.Tests.Merging;

/// <summary>The merge against a plain model in memory: per block, the first layer from the head that was written there.</summary>
public sealed class MergePropertyTests : IDisposable
{
    private const int Block = ReplicaBuilder.Block;
    private const int Blocks = 160;
    private readonly TestFolder _folder = new();
    private int _number;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_merged_volume_is_what_the_model_says()
    {
        var write = from start in Gen.Choose(0, Blocks - 1)
                    from length in Gen.Frequency((4, Gen.Choose(1, 3)), (1, Gen.Choose(1, 64)))
                    from fill in Gen.Choose(0, 3)
                    select (Start: start, Length: length, Fill: (byte)fill);
        var layer = from writes in write.ListOf(12)
                    from blocks in Gen.Choose(1, Blocks)
                    select (Writes: writes, Blocks: blocks);
        var chain = from layers in layer.ListOf().Where(layers => layers.Count > 0)
                    from size in Gen.Choose(Blocks / 2 * 8, Blocks * 8)
                    from seed in Gen.Choose(0, int.MaxValue)
                    select (Layers: layers.ToList(), Sectors: size, Seed: seed);
        Prop.ForAll(chain.ToArbitrary(), tried => IsAsModelled(tried.Layers.ConvertAll(found => (found.Writes.ToList(), found.Blocks)), tried.Sectors * 512L, new Random(tried.Seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(120));
    }

    [Fact]
    public async Task Chunks_of_any_size_give_the_same_image()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var replica = new ReplicaBuilder(_folder, size: 8 << 20).WithLayers(
            [(0, 1), (15, 1), (16, 1), (17, 0), (500, 2)],
            [(15, 5), (18, 5), (1024, 6), (2047, 7)],
            [.. Enumerable.Range(600, 300).Select(block => ((long)block, (byte)(block & 3)))]);
        using var opened = OpenedReplica.Open(replica.Path);
        var expected = Read(opened.Volume);
        foreach (var chunk in new[] { 64 << 10, 128 << 10, 2 << 20 })
        {
            foreach (var chunks in new[] { 1, 3 })
            {
                await using var target = RawImageTarget.At(_folder[$"{chunk}-{chunks}"], 0);
                var seen = new List<CopyProgress>();
                var result = await VolumeCopy.RunAsync(opened.Volume, target, new CopyOptions { ChunkSize = chunk, Chunks = chunks, Progress = new Recorder(seen) }, cancellation);
                result.Sha256!.Value.ToString().ShouldBe(Convert.ToHexStringLower(SHA256.HashData(expected)));
                (await File.ReadAllBytesAsync(target.Path, cancellation)).SequenceEqual(expected).ShouldBeTrue();
                target.Allocated.ShouldBeLessThanOrEqualTo(result.DataBytes);
                seen[^1].ShouldBe(new CopyProgress(8 << 20, 8 << 20, result.DataBytes));
                seen.Select(progress => progress.Bytes).ShouldBeInOrder();
            }
        }
    }

    [Fact]
    public void A_volume_of_8_TiB_is_mapped_in_moments()
    {
        const long size = 1L << 43;
        var replica = new ReplicaBuilder(_folder, size: size).WithLayers([(0, 1), ((size / Block) - 1, 2)], [(1L << 30, 3)], [(5, 4), (1L << 30, 9)]);
        using var opened = OpenedReplica.Open(replica.Path);
        var runs = opened.Volume.Runs(TestContext.Current.CancellationToken).ToList();
        runs.ShouldBe([new(0, Block, 0), new(5 * Block, Block, 2), new((1L << 30) * Block, Block, 1), new(size - Block, Block, 0)]);
        var buffer = new byte[2 * Block];
        opened.Volume.Read(size - buffer.Length, buffer);
        buffer.ShouldBe([.. new byte[Block], .. Enumerable.Repeat((byte)2, Block)]);
    }

    [Fact]
    public void Ranges_outside_the_volume_are_not_read()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(5, 1)]);
        using var opened = OpenedReplica.Open(replica.Path);
        Should.Throw<ArgumentOutOfRangeException>(() => opened.Volume.Read(-1, new byte[1]));
        Should.Throw<ArgumentOutOfRangeException>(() => opened.Volume.Read(opened.Volume.Size, new byte[1]));
        Should.Throw<ArgumentOutOfRangeException>(() => opened.Volume.Read(long.MaxValue, new byte[1]));
        Should.Throw<ArgumentOutOfRangeException>(() => opened.Volume.Runs(1, long.MaxValue, TestContext.Current.CancellationToken).ToList());
    }

    private bool IsAsModelled(List<(List<(int Start, int Length, byte Fill)> Writes, int Blocks)> layers, long size, Random random)
    {
        var replica = new ReplicaBuilder(_folder, suffix: $"{_number++:x8}", size: size);
        var names = ReplicaBuilder.Names(layers.Count);
        var model = new byte[size];
        var taken = new bool[(size + Block - 1) / Block];
        var length = size;
        for (var i = 0; i < layers.Count; i++)
        {
            // Lower layers may be shorter than the one above, never longer.
            length = i == 0 ? size : Math.Min(length, random.Next(2) == 0 ? length : layers[i].Blocks * (long)Block);
            var blocks = new SortedDictionary<long, byte>();
            foreach (var (start, count, fill) in layers[i].Writes)
            {
                for (long block = start; block < start + count && (block + 1) * Block <= length; block++)
                {
                    blocks[block] = fill;
                }
            }

            replica.WriteImage(names[i], length, [.. blocks.Select(pair => (pair.Key, pair.Value))]);
            replica.WriteLayerMetadata(names[i], i + 1 < names.Length ? names[i + 1] : string.Empty);
            foreach (var (block, fill) in blocks.Where(pair => !taken[pair.Key]))
            {
                taken[block] = true;
                model.AsSpan((int)(block * Block), Block).Fill(fill);
            }
        }

        replica.Chain.AddRange(names);
        replica.WithVolumeMetadata();
        using var opened = OpenedReplica.Open(replica.Path, new JudgingOptions { Accepted = [SalvageCode.Empty, SalvageCode.HolesLost] });
        opened.IsRecoverable.ShouldBeTrue(opened.Judgement.Refusal?.ToString());
        Read(opened.Volume).SequenceEqual(model).ShouldBeTrue("the whole volume");
        opened.Volume.CountData(TestContext.Current.CancellationToken).ShouldBe(taken.Select((isTaken, block) => isTaken ? Math.Min(Block, size - (block * (long)Block)) : 0).Sum());
        for (var i = 0; i < 20; i++)
        {
            var offset = random.NextInt64(size);
            var buffer = new byte[random.NextInt64(Math.Min(size - offset, 5 * Block) + 1)];
            opened.Volume.Read(offset, buffer);
            buffer.AsSpan().SequenceEqual(model.AsSpan((int)offset, buffer.Length)).ShouldBeTrue($"{buffer.Length} bytes at {offset}");
            RunsAreAsModelled(opened.Volume, offset, size - offset, model);
        }

        Directory.Delete(replica.Path, recursive: true);
        return true;
    }

    private static void RunsAreAsModelled(MergedVolume volume, long offset, long length, byte[] model)
    {
        var position = offset;
        foreach (var run in volume.Runs(offset, length, TestContext.Current.CancellationToken))
        {
            run.Offset.ShouldBeGreaterThanOrEqualTo(position);
            run.Length.ShouldBeGreaterThan(0);
            model.AsSpan((int)position, (int)(run.Offset - position)).IndexOfAnyExcept((byte)0).ShouldBe(-1);
            position = run.End;
        }

        position.ShouldBeLessThanOrEqualTo(offset + length);
        model.AsSpan((int)position, (int)(offset + length - position)).IndexOfAnyExcept((byte)0).ShouldBe(-1);
    }

    private static byte[] Read(MergedVolume volume)
    {
        var content = new byte[volume.Size];
        volume.Read(0, content);
        return content;
    }

    private sealed class Recorder(List<CopyProgress> seen) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => seen.Add(value);
    }
}
