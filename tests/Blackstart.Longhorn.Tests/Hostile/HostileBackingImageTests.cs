using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Hostile;

/// <summary>Backing images that lie, and records beside them that do.</summary>
public sealed class HostileBackingImageTests : IDisposable
{
    private const int Size = 64 << 20;
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    public HostileBackingImageTests()
    {
        _replica = new ReplicaBuilder(_folder, size: Size).WithLayers([(0, 1)], [(3, 2)]);
        _replica.WithVolumeMetadata(metadata => metadata["BackingFilePath"] = "/host/var/lib/longhorn/backing-images/base-1a2b3c4d/backing");
        Directory.CreateDirectory(Path.GetDirectoryName(Image)!);
    }

    private string Image => Path.Combine(_replica.Disk, "backing-images", "base-1a2b3c4d", "backing");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 0u, "version")]
    [InlineData(4, 1u, "version")]
    [InlineData(4, uint.MaxValue, "version")]
    [InlineData(8, 1u, "backing file")]
    [InlineData(12, 0x70u, "backing file")]
    [InlineData(20, 0u, "cluster size")]
    [InlineData(20, 8u, "cluster size")]
    [InlineData(20, 22u, "cluster size")]
    [InlineData(20, uint.MaxValue, "cluster size")]
    [InlineData(24, 0x40000000u, "size")]
    [InlineData(24, 0xFFFFFFFFu, "size")]
    [InlineData(24, 0x3FFFFFFFu, "first table")]
    [InlineData(24, 1u, "first table")]
    [InlineData(28, 0u, "size")]
    [InlineData(28, 1u, "size")]
    [InlineData(32, 1u, "encrypted")]
    [InlineData(32, 2u, "encrypted")]
    [InlineData(36, 0u, "first table")]
    [InlineData(40, uint.MaxValue, "beyond its end")]
    [InlineData(40, 0x7FFFFFFFu, "beyond its end")]
    [InlineData(44, 0x0FFFFFF8u, "beyond its end")]
    [InlineData(44, (1u << 20) - 4, "beyond its end")]
    [InlineData(72, 0x80000000u, "not supported")]
    [InlineData(76, 2u, "corrupt")]
    [InlineData(76, 4u, "another file")]
    [InlineData(76, 16u, "not supported")]
    [InlineData(104, 0x01000000u, "deflate")]
    public void A_header_that_lies_is_refused(int offset, uint value, string reason)
    {
        Write(Plain().Word(offset, value));
        ShouldBeRefused(SalvageCode.BackingImageInvalid, reason);
    }

    [Theory]
    [InlineData(0x00FF_FFFF_FFFF_FE00UL)]
    [InlineData(1UL << 40)]
    [InlineData((1UL << 20) - 512)]
    public void A_table_beyond_the_end_is_told_when_it_is_met(ulong table)
    {
        Write(Plain().Table(Qcow2Bytes.FirstTable, table));
        ShouldFailToRead("beyond its end");
    }

    [Fact]
    public void Data_beyond_the_end_is_told_when_it_is_met()
    {
        Write(Plain().Table(65536, Qcow2Bytes.Copied | (1UL << 50)));
        ShouldFailToRead("beyond its end");
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(65536UL)]
    [InlineData((1UL << 20) - 1)]
    [InlineData(65536UL | (0xFFUL << 54))]
    public void Compressed_clusters_that_hold_no_deflate_are_told(ulong where)
    {
        var image = Plain().Table(65536, Qcow2Bytes.Compressed | where);
        image.Content.AsSpan(70_000).Fill(0xFF);
        Write(image);
        ShouldFailToRead("damaged compressed cluster");
    }

    [Fact]
    public void A_compressed_cluster_beyond_the_end_is_told()
    {
        Write(Plain().Table(65536, Qcow2Bytes.Compressed | (1UL << 40)));
        ShouldFailToRead("beyond its end");
    }

    [Fact]
    public void Tables_that_refer_to_themselves_are_read_as_they_stand_and_end()
    {
        // The first table is its own second table and its own data.
        Write(Plain().Table(Qcow2Bytes.FirstTable, 4096, 4096, 4096));
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Refusal.ShouldBeNull();
        opened.Volume.Read(0, new byte[1 << 20]);
        opened.Volume.CountData(TestContext.Current.CancellationToken).ShouldBeLessThanOrEqualTo(Size);
    }

    [Fact]
    public void A_first_table_as_large_as_it_may_be_is_read_in_bounded_memory_and_a_larger_one_refused()
    {
        // 4 Mi entries of clusters of 512 bytes are 128 GiB, more than the volume: refused, though only after it was read.
        const long most = 4L << 20;
        using (var handle = File.OpenHandle(Image, FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 64L << 20);
            RandomAccess.Write(handle, new Qcow2Bytes(9, most << 15, 8192).Content, 0);
        }

        ShouldBeRefused(SalvageCode.BackingImageInvalid, "larger than the volume");
        using (var handle = File.OpenHandle(Image, FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 64L << 20);
            RandomAccess.Write(handle, new Qcow2Bytes(9, (most + 1) << 15, 8192).Content, 0);
        }

        ShouldBeRefused(SalvageCode.BackingImageInvalid, "first table");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(3)]
    public void Clusters_smaller_than_a_block_are_found_wherever_an_answer_ends(int cluster)
    {
        // One piece of the first table is missing, so that 65,536 questions end within a block; a single cluster of that block holds data.
        const int span = 64 * 512;
        const long block = (span + (65_535L * 512)) / 4096 * 4096;
        var tables = new ulong[(40 << 20) / span];
        tables.AsSpan(1).Fill(32768);
        tables[block / span] = 32768 + 512;
        var image = new Qcow2Bytes(9, 40 << 20, 65536).Table(Qcow2Bytes.FirstTable, tables);
        image.Long((int)(32768 + 512 + (((block % span / 512) + cluster) * 8)), 49152);
        image.Content.AsSpan(49152, 512).Fill(0x5A);
        Write(image);
        using var opened = OpenedReplica.Open(_replica.Path);
        var read = new byte[4096];
        opened.Volume.Read(block, read);
        var expected = new byte[4096];
        expected.AsSpan(cluster * 512, 512).Fill(0x5A);
        read.ShouldBe(expected);
        opened.Volume.Runs(block, 4096, TestContext.Current.CancellationToken).ShouldHaveSingleItem().Length.ShouldBe(4096);
        opened.Volume.CountData(TestContext.Current.CancellationToken).ShouldBe(3 * 4096);
    }

    [Fact]
    public void Every_second_small_cluster_is_found()
    {
        // More extents than one answer holds, each a cluster of 512 bytes in a block of its own.
        var image = new Qcow2Bytes(9, 16 << 20, 1 << 20).Table(Qcow2Bytes.FirstTable, [.. Enumerable.Repeat(32768UL, 512)]);
        for (var i = 0; i < 64; i += 16)
        {
            image.Long(32768 + (i * 8), 49152);
        }

        image.Content.AsSpan(49152, 512).Fill(0x5A);
        Write(image);
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Volume.CountData(TestContext.Current.CancellationToken).ShouldBe((2048 + 1) * 4096);
        var read = new byte[16 << 20];
        opened.Volume.Read(0, read);
        for (var block = 4; block < 4096; block++)
        {
            read.AsSpan(block * 4096, 4096).Count((byte)0x5A).ShouldBe(block % 2 == 0 ? 512 : 0, $"block {block}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("folder/")]
    [InlineData("a\0b")]
    public void A_name_that_is_none_is_refused(string named)
    {
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = named });
        opened.Judgement.Refusal!.Code.ShouldBe(SalvageCode.BackingImageMissing);
    }

    [Theory]
    [InlineData("{", "backing.cfg")]
    [InlineData("[]", "backing.cfg")]
    [InlineData("{\"uuid\":7}", "backing.cfg")]
    [InlineData("{\"uuid\":\"../../1a2b3c4d\"}", "another backing image")]
    public void A_record_of_garbage_is_refused(string record, string reason)
    {
        Write(Plain());
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(Image)!, "backing.cfg"), record);
        ShouldBeRefused(SalvageCode.BackingImageInvalid, reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void An_endless_recorded_path_is_refused_at_once(int length)
    {
        var path = length == 0 ? "/host" + string.Concat(Enumerable.Repeat("/backing-images", 200)) : new string('/', 900_000);
        _replica.WithVolumeMetadata(metadata => metadata["BackingFilePath"] = path);
        ShouldBeRefused(length == 0 ? SalvageCode.BackingImageMissing : SalvageCode.MetadataInvalid, "volume.meta");
    }

    [Fact]
    public async Task A_fifo_or_folder_in_place_of_the_image_is_refused_at_once()
    {
        await Tool.RunAsync("mkfifo", Image);
        ShouldBeRefused(SalvageCode.NotARegularFile, Image);
        File.Delete(Image);
        Directory.CreateDirectory(Image);
        ShouldBeRefused(SalvageCode.NotARegularFile, Image);
    }

    [Fact]
    public void A_folder_of_the_image_that_is_a_link_is_refused()
    {
        Write(Plain());
        Directory.Move(Path.GetDirectoryName(Image)!, _folder["elsewhere"]);
        Directory.CreateSymbolicLink(Path.GetDirectoryName(Image)!, _folder["elsewhere"]);
        ShouldBeRefused(SalvageCode.BackingImageMissing, "base-1a2b3c4d");
    }

    /// <summary>An image of 16 MiB with clusters of 64 KiB, of which only the tables exist.</summary>
    private static Qcow2Bytes Plain() => new Qcow2Bytes(16, 16 << 20, 1 << 20).Table(Qcow2Bytes.FirstTable, 65536);

    private void Write(Qcow2Bytes image) => File.WriteAllBytes(Image, image.Content);

    private void ShouldFailToRead(string reason)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Refusal.ShouldBeNull();
        var failure = Should.Throw<SalvageException>(() => opened.Volume.Read(0, new byte[1 << 20]));
        failure.Code.ShouldBe(SalvageCode.BackingImageInvalid);
        failure.Reason.ShouldContain(reason);
        failure.Reason.ShouldContain(Image);
    }

    private void ShouldBeRefused(string code, string reason)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Refusal.ShouldNotBeNull();
        opened.Judgement.Refusal.Code.ShouldBe(code, opened.Judgement.Refusal.Reason);
        opened.Judgement.Refusal.Reason.ShouldContain(reason);
    }
}
