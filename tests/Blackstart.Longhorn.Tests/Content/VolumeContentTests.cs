using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Content;

public sealed class VolumeContentTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    public VolumeContentTests() => _replica = new ReplicaBuilder(_folder, size: 32 << 20).WithLayers([(0, 0)]);

    private string Head => _replica["volume-head-000.img"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ext2", ContentKind.Ext2)]
    [InlineData("ext3", ContentKind.Ext3)]
    [InlineData("ext4", ContentKind.Ext4)]
    public async Task Real_file_systems_are_told_apart(string type, ContentKind kind)
    {
        await Tool.RunAsync("mke2fs", "-q", "-F", "-t", type, "-L", "letters", "-U", "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", Head);
        var content = Identify();
        content.Kind.ShouldBe(kind);
        content.Uuid.ShouldBe("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        content.Label.ShouldBe("letters");
        content.IsFreshlyFormatted.ShouldBeTrue();
        content.NeedsRecovery.ShouldBeFalse();
        content.LastMounted.ShouldBeNull();
        content.LastWritten.ShouldNotBeNull();
        (content.Inodes - content.FreeInodes).ShouldBe(11);
    }

    [Fact]
    public async Task A_file_system_that_was_mounted_is_never_fresh()
    {
        await Tool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", Head);
        await Tool.RunAsync("debugfs", "-w", "-R", "feature needs_recovery", Head);
        var content = Identify();
        content.NeedsRecovery.ShouldBeTrue();
        content.IsFreshlyFormatted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_time_that_no_calendar_has_is_not_known()
    {
        await Tool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", Head);
        Write(1024 + 0x274, [0xFF, 0xFF]);
        var content = Identify();
        content.Kind.ShouldBe(ContentKind.Ext4);
        content.LastMounted.ShouldBeNull();
        content.LastWritten.ShouldBeNull();
    }

    [Fact]
    public async Task A_superblock_that_claims_all_inodes_as_reserved_does_not_make_files_vanish()
    {
        await Tool.RunAsync("mke2fs", "-q", "-F", "-t", "ext4", Head);
        Write(1024 + 0x54, [0xFF, 0xFF, 0xFF, 0xFF]);
        Identify().IsFreshlyFormatted.ShouldBeFalse();
    }

    [Fact]
    public void Headers_are_recognised_and_shortened_ones_are_not()
    {
        Identify().Kind.ShouldBe(ContentKind.Blank);
        Write(0, [.. "XFSB"u8]);
        Identify().Kind.ShouldBe(ContentKind.Xfs);
        Write(0, [.. "LUKS"u8, 0xBA, 0xBE, 0, 2]);
        Identify().Kind.ShouldBe(ContentKind.Luks);
        Write(0, [.. "QFI"u8, 0xFB, 0, 0, 0, 3]);
        Identify().Kind.ShouldBe(ContentKind.Unknown);
        Write(0, new byte[8]);
        Write(512, [.. "EFI PART"u8]);
        Identify().Kind.ShouldBe(ContentKind.Partitions);
    }

    private VolumeContent Identify()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        return VolumeContent.Identify(opened.Volume, TestContext.Current.CancellationToken);
    }

    private void Write(long offset, byte[] data)
    {
        using var handle = File.OpenHandle(Head, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.Write(handle, data, offset);
    }
}
