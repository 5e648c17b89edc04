using System.Buffers.Binary;
using System.Security.Cryptography;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Export;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ExportOptionsTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    // Blocks 0 to 2 are one run although three layers supply them.
    public ExportOptionsTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1), (900, 1)], [(1, 2), (7, 0)], [(7, 3), (2, 3)]);

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_digest_of_extents_is_what_its_definition_says()
    {
        var report = await RunAsync("out.raw", new ExportOptions { Copying = new CopyOptions { Digest = DigestMode.Extents, ChunkSize = 64 << 10 }, Verify = true });
        var image = await File.ReadAllBytesAsync(_folder["out.raw"], Cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (block, blocks) in new[] { (0, 3), (7, 1), (900, 1) })
        {
            Append(hash, block * (long)ReplicaBuilder.Block);
            Append(hash, blocks * (long)ReplicaBuilder.Block);
            hash.AppendData(image, block * ReplicaBuilder.Block, blocks * ReplicaBuilder.Block);
        }

        Append(hash, _replica.Size);
        report.Extents.ShouldBe(Convert.ToHexStringLower(hash.GetHashAndReset()));
        report.Sha256.ShouldBeNull();
        report.IsVerified.ShouldBeTrue();
    }

    [Fact]
    public async Task A_name_that_is_too_long_for_the_unfinished_image_is_refused()
    {
        (await RunAsync(new string('x', 250), new ExportOptions())).Code.ShouldBe(SalvageCode.WriteFailed);
        (await RunAsync(new string('x', 300), new ExportOptions())).Code.ShouldBe(SalvageCode.TargetKindInvalid);
    }

    [Fact]
    public async Task An_unfinished_image_with_a_second_name_is_left_alone()
    {
        await LeaveUnfinishedAsync(2 << 20, damageAt: []);
        await Tool.RunAsync("ln", _folder["out.raw.partial"], _folder["other"]);
        var before = await File.ReadAllBytesAsync(_folder["other"], Cancellation);
        var report = await RunAsync("out.raw", new ExportOptions());
        report.Code.ShouldBe(SalvageCode.TargetKindInvalid);
        (await File.ReadAllBytesAsync(_folder["other"], Cancellation)).ShouldBe(before);
        File.Exists(_folder["out.raw.partial"]).ShouldBeTrue();
    }

    [Fact]
    public async Task Another_file_under_the_name_of_the_unfinished_image_never_becomes_the_image()
    {
        var report = await RunAsync("out.raw", new ExportOptions { Copying = new CopyOptions { ChunkSize = 64 << 10, Progress = new Replacing(_folder["out.raw.partial"]) } });
        report.Code.ShouldBe(SalvageCode.WriteFailed);
        File.Exists(_folder["out.raw"]).ShouldBeFalse();
        (await File.ReadAllTextAsync(_folder["out.raw.partial"], Cancellation)).ShouldBe("another's");
    }

    [Fact]
    public async Task A_folder_of_replicas_is_refused_by_whatever_name_it_is_reached()
    {
        (await RunAsync("disk/replicas/../replicas/out.raw", new ExportOptions())).Code.ShouldBe(SalvageCode.TargetInsideReplica);
        Directory.CreateDirectory(_folder["elsewhere"]);
        if (Environment.IsPrivilegedProcess)
        {
            // Only root may mount.
            await Tool.RunAsync("mount", "--bind", _folder["disk/replicas"], _folder["elsewhere"]);
            try
            {
                (await RunAsync("elsewhere/out.raw", new ExportOptions())).Code.ShouldBe(SalvageCode.TargetInsideReplica);
            }
            finally
            {
                await Tool.RunAsync("umount", _folder["elsewhere"]);
            }
        }

        File.Delete(_folder["disk/longhorn-disk.cfg"]);
        (await RunAsync("disk/replicas/out.raw", new ExportOptions())).Code.ShouldBe(SalvageCode.TargetInsideReplica);
        (await RunAsync("elsewhere/out.raw", new ExportOptions())).Code.ShouldBeNull();
    }

    [Fact]
    public async Task A_snapshot_is_exported_with_its_chain()
    {
        var report = await RunAsync("out.raw", new ExportOptions { Snapshot = "s2", Verify = true });
        report.Chain.ShouldBe(["volume-snap-s2.img", "volume-snap-s1.img"]);
        var image = await File.ReadAllBytesAsync(_folder["out.raw"], Cancellation);
        new[] { 0, 1, 2, 7, 900 }.Select(block => (int)image[block * ReplicaBuilder.Block]).ShouldBe([0, 2, 3, 0, 0]);
        (await RunAsync("other.raw", new ExportOptions { Snapshot = "nothing" })).Code.ShouldBe(SalvageCode.SnapshotUnknown);
    }

    [Theory]
    [InlineData(DigestMode.Sha256, 5)]
    [InlineData(DigestMode.Extents, 5)]
    [InlineData(DigestMode.None, 2 * ReplicaBuilder.Block)]
    [InlineData(DigestMode.None, 10 * ReplicaBuilder.Block)]
    public async Task What_is_read_back_and_differs_is_told(DigestMode digest, int at)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        var report = await RunAsync("out.raw", new ExportOptions { Copying = new CopyOptions { Digest = digest } });
        await using (var device = FileBlockDevice.Open(_folder["out.raw"]))
        {
            await device.WriteAsync(at, new byte[] { 0xAB }, Cancellation);
        }

        await using var written = BlockDeviceFile.OpenForReading(_folder["out.raw"]);
        var copied = new CopyResult(_replica.Size, 0, report.Sha256 is { } sha ? Sha256Digest.Parse(sha) : null);
        (await Should.ThrowAsync<SalvageException>(() => ExportVerification.RunAsync(opened.Volume, written, copied, new CopyOptions(), Cancellation))).Code.ShouldBe(SalvageCode.VerificationFailed);
    }

    [Fact]
    public async Task An_unfinished_image_is_gone_on_with_and_what_is_damaged_in_it_is_found()
    {
        await RunAsync("whole.raw", new ExportOptions());
        await LeaveUnfinishedAsync(2 << 20, damageAt: [5, 2000, 20 * ReplicaBuilder.Block, 3 << 20]);
        var report = await RunAsync("out.raw", new ExportOptions { Copying = new CopyOptions { ChunkSize = 64 << 10 } });
        report.ResumedAt.ShouldBe(2 << 20);
        report.Findings.ShouldContain(finding => finding.Code == SalvageCode.UnfinishedImageDamaged);
        report.Verdict.ShouldBe("recoverable-with-warning");
        await Tool.RunAsync("cmp", _folder["out.raw"], _folder["whole.raw"]);
        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["out.raw", "whole.raw"]);
        report.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_folder["out.raw"], Cancellation))));
    }

    [Theory]
    [InlineData("source")]
    [InlineData("journal")]
    [InlineData("no journal")]
    [InlineData("other file")]
    [InlineData("too far")]
    public async Task An_unfinished_image_of_something_else_is_written_anew_and_that_is_said(string what)
    {
        await LeaveUnfinishedAsync(2 << 20, damageAt: [5]);
        var journal = _folder["out.raw.partial.json"];
        switch (what)
        {
            case "source":
                _replica.WriteImage("volume-snap-s1.img", _replica.Size, (7, 3), (2, 4));
                break;
            case "journal":
                await File.WriteAllTextAsync(journal, "{\"source\":[", Cancellation);
                break;
            case "no journal":
                File.Delete(journal);
                break;
            case "other file":
                File.Copy(_folder["out.raw.partial"], _folder["copy"]);
                File.Move(_folder["copy"], _folder["out.raw.partial"], overwrite: true);
                break;
            default:
                await File.WriteAllTextAsync(journal, (await File.ReadAllTextAsync(journal, Cancellation)).Replace(" 2097152,", "20971520,", StringComparison.Ordinal), Cancellation);
                break;
        }

        var report = await RunAsync("out.raw", new ExportOptions());
        report.ResumedAt.ShouldBeNull();
        report.Findings.ShouldContain(finding => finding.Code == SalvageCode.StartedAnew);
        report.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_folder["out.raw"], Cancellation))));
    }

    [Fact]
    public async Task An_image_that_another_export_is_writing_is_left_to_it()
    {
        await using var other = RawImageTarget.At(_folder["out.raw"], 0, ["other"]);
        await other.PrepareAsync(4096, Cancellation);
        var report = await RunAsync("out.raw", new ExportOptions());
        report.Code.ShouldBe(SalvageCode.TargetInUse);
        await other.CompleteAsync(Cancellation);
        new FileInfo(_folder["out.raw"]).Length.ShouldBe(4096);
    }

    [Fact]
    public async Task A_date_that_is_not_todays_acknowledges_nothing()
    {
        var yesterday = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(-1);
        (await RunAsync("out.raw", new ExportOptions { Overwrite = yesterday })).Code.ShouldBe(SalvageCode.OverwriteDateWrong);
    }

    /// <summary>As a kill leaves it: the image up to a mark as it should be but for some bytes, anything after it.</summary>
    private async Task LeaveUnfinishedAsync(long written, long[] damageAt)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        var partial = _folder["out.raw.partial"];
        await using (var device = FileBlockDevice.Create(partial, _replica.Size))
        {
            var content = new byte[written];
            opened.Volume.Read(0, content);
            await device.WriteAsync(0, content, Cancellation);
            foreach (var position in damageAt)
            {
                await device.WriteAsync(position, new byte[] { 0xAB }, Cancellation);
            }
        }

        var source = ExportSource.Describe(opened.Judgement.Path, null, opened.Chain);
        new ExportJournal(source, _replica.Size, ReadOnlyDirectory.StatusOf(partial)!.Value.Inode, written).Create(partial + ".json").Dispose();
    }

    private Task<ReplicaExportReport> RunAsync(string name, ExportOptions options) => ReplicaExport.RunAsync(_replica.Path, _folder[name], options, Cancellation);

    private sealed class Replacing(string path) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value)
        {
            File.Delete(path);
            File.WriteAllText(path, "another's");
        }
    }

    private static void Append(IncrementalHash hash, long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
