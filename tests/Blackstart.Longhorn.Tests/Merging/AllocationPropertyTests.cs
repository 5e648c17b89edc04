using System.Runtime.InteropServices;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Longhorn.Tests.Merging;

/// <summary>
/// A layer wins by allocation and never by content: chains with written zeros, preallocated ranges, punched holes, shorter layers and a
/// raw backing image, against a model that keeps for each block who owns it.
/// </summary>
public sealed partial class AllocationPropertyTests : IDisposable
{
    private const int Block = ReplicaBuilder.Block;
    private const int Blocks = 96;
    private const int Nobody = -1;
    private const int PunchHole = 2;
    private const int KeepSize = 1;
    private readonly TestFolder _folder = new();
    private int _number;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_volume_and_every_snapshot_of_it_are_what_the_model_says()
    {
        var act = from kind in Gen.Frequency((5, Gen.Constant(LayerActKind.Write)), (2, Gen.Constant(LayerActKind.Preallocate)), (1, Gen.Constant(LayerActKind.Punch)))
                  from start in Gen.Choose(0, Blocks - 1)
                  from length in Gen.Frequency((4, Gen.Choose(1, 3)), (1, Gen.Choose(1, 40)))
                  from fill in Gen.Choose(0, 2)
                  select new LayerAct(kind, start, length, (byte)fill);
        var chain = from count in Gen.Choose(1, 8)
                    from layers in act.ListOf(10).ListOf(count)
                    from backing in Gen.Elements(false, true)
                    from sectors in Gen.Choose(Blocks / 2 * 8, Blocks * 8)
                    from seed in Gen.Choose(0, int.MaxValue)
                    select (Layers: layers.Select(acts => acts.ToList()).ToList(), Backing: backing, Size: sectors * 512L, Seed: seed);
        Prop.ForAll(chain.ToArbitrary(), tried => IsAsModelled(tried.Layers, tried.Backing, tried.Size, new Random(tried.Seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private bool IsAsModelled(List<List<LayerAct>> layers, bool hasBacking, long size, Random random)
    {
        var replica = new ReplicaBuilder(_folder, suffix: $"{_number++:x8}", size: size);
        var names = ReplicaBuilder.Names(layers.Count);
        var contents = new List<(byte[] Bytes, bool[] Owned)>();
        var lengths = new List<long>();
        for (var i = 0; i < layers.Count; i++)
        {
            // Lower layers may be shorter than the one above, never longer, and end between blocks as well.
            lengths.Add(i == 0 ? size : random.Next(2) == 0 ? lengths[^1] : random.NextInt64(1, (lengths[^1] / 512) + 1) * 512);
            contents.Add(Make(replica[names[i]], lengths[i], size, layers[i]));
            replica.WriteLayerMetadata(names[i], i + 1 < names.Length ? names[i + 1] : string.Empty);
        }

        if (hasBacking)
        {
            var length = random.NextInt64(1, (size / 512) + 1) * 512;
            var image = System.IO.Path.Combine(replica.Disk, "backing-images", "base-1a2b3c4d", "backing");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(image)!);
            contents.Add(Make(image, length, size, layers[random.Next(layers.Count)]));
            lengths.Add(length);
        }

        replica.Chain.AddRange(names);
        replica.WithVolumeMetadata(metadata => metadata["BackingFilePath"] = hasBacking ? "/host/x/backing-images/base-1a2b3c4d/backing" : string.Empty);
        using var opened = OpenedReplica.Open(replica.Path, new JudgingOptions { Accepted = [SalvageCode.Empty, SalvageCode.HolesLost] });
        opened.IsRecoverable.ShouldBeTrue(opened.Judgement.Refusal?.ToString());
        ShouldBe(opened.Volume, contents, 0, size, random);
        for (var i = 1; i < names.Length; i++)
        {
            try
            {
                ShouldBe(opened.VolumeAt(names[i]["volume-snap-".Length..^".img".Length]), contents, i, lengths[i], random);
            }
            catch (SalvageException refused) when (refused.Code is SalvageCode.BackingImageInvalid)
            {
                // The backing image is larger than the volume was then.
                lengths[^1].ShouldBeGreaterThan(lengths[i]);
            }
        }

        Directory.Delete(replica.Path, recursive: true);
        return true;
    }

    private static void ShouldBe(MergedVolume volume, List<(byte[] Bytes, bool[] Owned)> contents, int first, long size, Random random)
    {
        volume.Size.ShouldBe(size);
        var model = new byte[size];
        var owners = new int[(size + Block - 1) / Block];
        for (var block = 0; block < owners.Length; block++)
        {
            var owner = contents.FindIndex(first, layer => layer.Owned[block]);
            owners[block] = owner < 0 ? Nobody : owner - first;
            if (owner >= 0)
            {
                var length = (int)Math.Min(Block, size - (block * (long)Block));
                contents[owner].Bytes.AsSpan(block * Block, length).CopyTo(model.AsSpan(block * Block));
            }
        }

        for (var i = 0; i < 12; i++)
        {
            var offset = i == 0 ? 0 : random.NextInt64(size);
            var length = i == 0 ? size : random.NextInt64(size - offset + 1);
            var buffer = new byte[length];
            Array.Fill(buffer, (byte)0xEE);
            volume.Read(offset, buffer);
            buffer.AsSpan().SequenceEqual(model.AsSpan((int)offset, (int)length)).ShouldBeTrue($"{length} bytes at {offset}");
            RunsShouldBe(volume, offset, length, owners);
        }
    }

    /// <summary>Exactly the owned blocks, each by its owner, joined where they touch, cut to the range.</summary>
    private static void RunsShouldBe(MergedVolume volume, long offset, long length, int[] owners)
    {
        var expected = new List<VolumeRun>();
        for (var position = offset; position < offset + length;)
        {
            var owner = owners[position / Block];
            var end = Math.Min(((position / Block) + 1) * Block, offset + length);
            if (owner != Nobody)
            {
                if (expected.Count > 0 && expected[^1].End == position && expected[^1].Layer == owner)
                {
                    expected[^1] = expected[^1] with { Length = end - expected[^1].Offset };
                }
                else
                {
                    expected.Add(new VolumeRun(position, end - position, owner));
                }
            }

            position = end;
        }

        volume.Runs(offset, length, TestContext.Current.CancellationToken).ToList().ShouldBe(expected);
    }

    /// <summary>Makes the file and what it stands for: its bytes, and which blocks it has.</summary>
    private static (byte[] Bytes, bool[] Owned) Make(string path, long length, long size, List<LayerAct> acts)
    {
        var blocks = (size + Block - 1) / Block;
        var (bytes, owned) = (new byte[blocks * Block], new bool[blocks]);
        using var handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(handle, length);
        var last = (length + Block - 1) / Block;
        foreach (var act in acts)
        {
            var end = (int)Math.Min(act.Start + act.Length, last);
            if (act.Start >= end)
            {
                continue;
            }

            var (from, until) = (act.Start * (long)Block, Math.Min(end * (long)Block, length));
            switch (act.Kind)
            {
                case LayerActKind.Write:
                    RandomAccess.Write(handle, Enumerable.Repeat(act.Fill, (int)(until - from)).ToArray(), from);
                    bytes.AsSpan((int)from, (int)(until - from)).Fill(act.Fill);
                    owned.AsSpan(act.Start, end - act.Start).Fill(true);
                    break;
                case LayerActKind.Preallocate:
                    // Over what is written nothing changes; the rest counts as zeros.
                    Allocate((int)handle.DangerousGetHandle(), KeepSize, from, (end - act.Start) * (long)Block).ShouldBe(0);
                    owned.AsSpan(act.Start, end - act.Start).Fill(true);
                    break;
                default:
                    Allocate((int)handle.DangerousGetHandle(), PunchHole | KeepSize, from, (end - act.Start) * (long)Block).ShouldBe(0);
                    bytes.AsSpan((int)from, (end - act.Start) * Block).Clear();
                    owned.AsSpan(act.Start, end - act.Start).Clear();
                    break;
            }
        }

        return (bytes, owned);
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(int descriptor, int mode, long offset, long length);
}
