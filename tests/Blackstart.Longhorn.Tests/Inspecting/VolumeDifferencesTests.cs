using Blackstart.Longhorn.Inspecting;
using Blackstart.Longhorn.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Longhorn.Tests.Inspecting;

public sealed class VolumeDifferencesTests : IDisposable
{
    private const int Block = ReplicaBuilder.Block;
    private readonly TestFolder _folder = new();
    private int _number;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_ranges_are_those_of_a_plain_comparison()
    {
        var block = from index in Gen.Choose(0, 400)
                    from fill in Gen.Choose(0, 2)
                    select ((long)index, (byte)fill);
        var volume = from head in block.ListOf(60)
                     from snapshot in block.ListOf(60)
                     from size in Gen.Elements(3424, 4000)
                     select (Layers: new[] { head.DistinctBy(b => b.Item1).ToArray(), snapshot.DistinctBy(b => b.Item1).ToArray() }, Size: size * 512L);
        Prop.ForAll(volume.ToArbitrary(), volume.ToArbitrary(), (one, other) =>
            {
                using var first = OpenedReplica.Open(Build(one.Layers, one.Size), Lenient);
                using var second = OpenedReplica.Open(Build(other.Layers, other.Size), Lenient);
                var (a, b) = (new byte[one.Size], new byte[other.Size]);
                first.Volume.Read(0, a);
                second.Volume.Read(0, b);
                var found = VolumeDifferences.Between(first.Volume, second.Volume, null, TestContext.Current.CancellationToken).ToList();
                found.ShouldBe(Plainly(a, b));
                VolumeDifferences.Between(second.Volume, first.Volume, null, TestContext.Current.CancellationToken).ShouldBe(found);
                return true;
            })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(15));
    }

    [Fact]
    public void Only_what_is_allocated_is_read()
    {
        const long size = 1L << 43;
        using var first = OpenedReplica.Open(Build([[(0, 1), (1L << 30, 2)], []], size));
        using var second = OpenedReplica.Open(Build([[(0, 1), ((size / Block) - 1, 2)], []], size));
        var compared = 0L;
        VolumeDifferences.Between(first.Volume, second.Volume, count => compared += count, TestContext.Current.CancellationToken)
            .ShouldBe([new((1L << 30) * Block, Block), new(size - Block, Block)]);
        compared.ShouldBe(3 * Block);
    }

    private static Blackstart.Longhorn.Replicas.JudgingOptions Lenient => new() { Accepted = [SalvageCode.Empty, SalvageCode.HolesLost] };

    private string Build((long Block, byte Fill)[][] layers, long size) => new ReplicaBuilder(_folder, suffix: $"{_number++:x8}", size: size).WithLayers(layers).Path;

    private static List<VolumeDifference> Plainly(byte[] one, byte[] other)
    {
        var common = Math.Min(one.Length, other.Length);
        var found = new List<VolumeDifference>();
        for (var start = 0; start < common; start += Block)
        {
            var length = Math.Min(Block, common - start);
            if (!one.AsSpan(start, length).SequenceEqual(other.AsSpan(start, length)))
            {
                Add(found, start, length);
            }
        }

        var longest = Math.Max(one.Length, other.Length);
        if (longest > common)
        {
            Add(found, common, longest - common);
        }

        return found;
    }

    private static void Add(List<VolumeDifference> found, long offset, long length)
    {
        if (found.Count > 0 && found[^1].End == offset)
        {
            found[^1] = found[^1] with { Length = found[^1].Length + length };
        }
        else
        {
            found.Add(new VolumeDifference(offset, length));
        }
    }
}
