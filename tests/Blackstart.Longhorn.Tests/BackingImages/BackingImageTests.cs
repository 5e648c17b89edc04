using System.Buffers.Binary;
using System.Security.Cryptography;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.BackingImages;

/// <summary>Backing images, qcow2 as the real <c>qemu-img</c> makes them.</summary>
public sealed class BackingImageTests : IDisposable
{
    private const string Recorded = "/host/var/lib/longhorn/backing-images/base-1a2b3c4d/backing";
    private const int Size = 4 << 20;
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;
    private readonly byte[] _content = new byte[(2 << 20) + 512];

    public BackingImageTests()
    {
        _replica = new ReplicaBuilder(_folder, size: Size).WithLayers([(0, 1)], [(3, 2)]);
        _replica.WithVolumeMetadata(metadata => metadata["BackingFilePath"] = Recorded);
        Directory.CreateDirectory(Path.GetDirectoryName(Image)!);

        // Noise, a stretch that compresses well and a stretch of zeros.
        new Random(1).NextBytes(_content.AsSpan(0, 700_000));
        _content.AsSpan(700_000, 500_000).Fill(0x41);
        _content.AsSpan(1_900_000, 100).Fill(0x42);
    }

    private string Image => Path.Combine(_replica.Disk, "backing-images", "base-1a2b3c4d", "backing");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2", "-o", "compat=1.1")]
    [InlineData("qcow2", "-o", "compat=0.10")]
    [InlineData("qcow2", "-o", "cluster_size=512")]
    [InlineData("qcow2", "-o", "cluster_size=2M")]
    [InlineData("qcow2", "-c")]
    [InlineData("qcow2", "-c", "-o", "cluster_size=4k")]
    [InlineData("qcow2", "-c", "-o", "cluster_size=2M")]
    [InlineData("qcow2", "-S", "0")]
    public async Task Blocks_that_no_layer_holds_come_from_the_backing_image(string format, params string[] options)
    {
        await MakeAsync(format, options);
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable, opened.Judgement.Refusal?.Reason);
        opened.Judgement.BackingImage.ShouldBe(Image);
        opened.Chain.Backing!.Format.ShouldBe(format);
        opened.Chain.Backing.VirtualSize.ShouldBe(_content.Length);
        var expected = new byte[Size];
        _content.CopyTo(expected, 0);
        expected.AsSpan(0, 4096).Fill(1);
        expected.AsSpan(3 * 4096, 4096).Fill(2);
        var volume = new byte[Size];
        opened.Volume.Read(0, volume);
        volume.SequenceEqual(expected).ShouldBeTrue();
        foreach (var offset in new[] { 65_535, 699_999, 1_899_999, _content.Length - 10 })
        {
            var part = new byte[20];
            await opened.Volume.ReadAsync(offset, part, TestContext.Current.CancellationToken);
            part.ShouldBe(expected[offset..(offset + 20)]);
        }
    }

    [Fact]
    public async Task Zero_clusters_read_as_zeros()
    {
        await MakeAsync("qcow2");
        await Tool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -z 64k 128k", "-c", "discard 320k 64k", Image);
        _content.AsSpan(64 << 10, 128 << 10).Clear();
        _content.AsSpan(320 << 10, 64 << 10).Clear();
        using var opened = OpenedReplica.Open(_replica.Path);
        var volume = new byte[_content.Length - 16384];
        opened.Volume.Read(16384, volume);
        volume.AsSpan().SequenceEqual(_content.AsSpan(16384)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(4, 9, "version")]
    [InlineData(8, 1, "backing file")]
    [InlineData(20, 40, "cluster size")]
    [InlineData(28, 1, "size")]
    [InlineData(32, 1, "encrypted")]
    [InlineData(36, 0, "first table")]
    [InlineData(40, 0x7FFFFFFF, "beyond its end")]
    [InlineData(76, 2, "corrupt")]
    [InlineData(76, 4, "another file")]
    [InlineData(76, 16, "not supported")]
    public async Task Images_that_cannot_be_read_faithfully_are_refused(int offset, int value, string reason)
    {
        await MakeAsync("qcow2");
        var content = await File.ReadAllBytesAsync(Image, TestContext.Current.CancellationToken);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(offset), value);
        await File.WriteAllBytesAsync(Image, content, TestContext.Current.CancellationToken);
        ShouldRefuse(SalvageCode.BackingImageInvalid, reason);
    }

    [Fact]
    public async Task Images_larger_than_the_volume_or_of_odd_length_are_refused()
    {
        using (var handle = File.OpenHandle(Image, FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, Size + 512);
        }

        ShouldRefuse(SalvageCode.BackingImageInvalid, "larger");
        await File.WriteAllBytesAsync(Image, new byte[513], TestContext.Current.CancellationToken);
        ShouldRefuse(SalvageCode.BackingImageInvalid, "513");
    }

    [Fact]
    public async Task A_missing_image_is_refused_unless_named()
    {
        await MakeAsync("raw");
        File.Move(Image, _folder["named"]);
        ShouldRefuse(SalvageCode.BackingImageMissing, "base-1a2b3c4d");
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = _folder["named"] });
        opened.IsRecoverable.ShouldBeTrue();
        opened.Judgement.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_image_for_a_volume_that_names_none_is_a_warning()
    {
        await MakeAsync("raw");
        _replica.WithVolumeMetadata();
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = Image });
        opened.Judgement.Warnings.Single().Reason.ShouldContain("names no backing image");
        await File.WriteAllTextAsync(_replica["volume.meta"], string.Empty, TestContext.Current.CancellationToken);
        using var lost = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = Image });
        lost.Judgement.Warnings.Single().Code.ShouldBe(SalvageCode.VolumeMetadataConcluded);
    }

    [Fact]
    public async Task An_image_on_another_disk_is_found()
    {
        await MakeAsync("raw");
        Directory.CreateDirectory(_folder["other"]);
        Directory.Move(Path.Combine(_replica.Disk, "backing-images"), _folder["other/backing-images"]);
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { DiskRoots = [_folder["other"]] });
        opened.Judgement.BackingImage!.ShouldStartWith(_folder["other"]);
    }

    [Theory]
    [InlineData("/host/etc/passwd")]
    [InlineData("/host/var/lib/longhorn/backing-images/../../../etc/backing")]
    [InlineData("/host/var/lib/longhorn/backing-images/base/../../backing")]
    [InlineData("backing")]
    public void A_recorded_path_of_another_shape_is_not_followed(string path)
    {
        _replica.WithVolumeMetadata(metadata => metadata["BackingFilePath"] = path);
        ShouldRefuse(SalvageCode.BackingImageMissing, "NAME-UUID");
    }

    [Fact]
    public async Task The_record_beside_the_image_must_fit()
    {
        await MakeAsync("raw");
        var record = Path.Combine(Path.GetDirectoryName(Image)!, "backing.cfg");
        var digest = Convert.ToHexStringLower(SHA512.HashData(_content));
        await File.WriteAllTextAsync(record, $$"""{"name":"base","uuid":"1a2b3c4d","currentChecksum":"{{digest}}"}""", TestContext.Current.CancellationToken);
        using (var opened = OpenedReplica.Open(_replica.Path))
        {
            opened.IsRecoverable.ShouldBeTrue();
        }

        await File.WriteAllTextAsync(record, $$"""{"name":"base","uuid":"1a2b3c4d","currentChecksum":"{{digest[1..]}}0"}""", TestContext.Current.CancellationToken);
        ShouldRefuse(SalvageCode.BackingImageCorrupted, Image);
        await File.WriteAllTextAsync(record, """{"name":"base","uuid":"ffffffff"}""", TestContext.Current.CancellationToken);
        ShouldRefuse(SalvageCode.BackingImageInvalid, "another backing image");
    }

    [Fact]
    public void A_link_in_place_of_the_image_is_refused()
    {
        File.WriteAllBytes(_folder["elsewhere"], new byte[512]);
        File.CreateSymbolicLink(Image, _folder["elsewhere"]);
        ShouldRefuse(SalvageCode.NotARegularFile, Image);
    }

    private async Task MakeAsync(string format, params string[] options)
    {
        await File.WriteAllBytesAsync(_folder["content"], _content, TestContext.Current.CancellationToken);
        await Tool.RunAsync("qemu-img", ["convert", "-f", "raw", "-O", format, .. options, _folder["content"], Image]);
    }

    private void ShouldRefuse(string code, string reason)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Refusal!.Code.ShouldBe(code, opened.Judgement.Refusal.Reason);
        opened.Judgement.Refusal.Reason.ShouldContain(reason);
    }
}
