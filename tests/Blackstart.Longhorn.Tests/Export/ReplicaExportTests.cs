using System.Security.Cryptography;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Devices;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Export;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ReplicaExportTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    public ReplicaExportTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1), (900, 1)], [(1, 2), (7, 0)], [(7, 3), (2, 3)]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_image_is_sparse_complete_and_hashed()
    {
        var report = await ExportAsync(_folder["out.raw"]);
        report.Verdict.ShouldBe("recoverable");
        report.Bytes.ShouldBe(_replica.Size);
        report.Allocated!.Value.ShouldBeInRange(ReplicaBuilder.Block, 6 * ReplicaBuilder.Block);
        report.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_folder["out.raw"], TestContext.Current.CancellationToken))));
        File.Exists(_folder["out.raw.partial"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Without_a_digest_the_image_is_the_same()
    {
        await ExportAsync(_folder["one.raw"]);
        var report = await ReplicaExport.RunAsync(_replica.Path, _folder["other.raw"], new ExportOptions { Copying = new CopyOptions { Digest = DigestMode.None } }, TestContext.Current.CancellationToken);
        report.Sha256.ShouldBeNull();
        await Tool.RunAsync("cmp", _folder["one.raw"], _folder["other.raw"]);
    }

    [Fact]
    public async Task Targets_that_exist_are_refused_and_left_alone()
    {
        await File.WriteAllTextAsync(_folder["file"], "kept", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(_folder["link"], _folder["file"]);
        File.CreateSymbolicLink(_folder["dangling"], _folder["nowhere"]);
        await Tool.RunAsync("mkfifo", _folder["fifo"]);
        await ShouldRefuseAsync(_folder["file"], SalvageCode.TargetExists);
        await ShouldRefuseAsync(_folder["link"], SalvageCode.TargetIsLink);
        await ShouldRefuseAsync(_folder["dangling"], SalvageCode.TargetIsLink);
        await ShouldRefuseAsync(_folder["fifo"], SalvageCode.TargetKindInvalid);
        await ShouldRefuseAsync(_folder["disk"], SalvageCode.TargetKindInvalid);
        await ShouldRefuseAsync("/dev/null", SalvageCode.TargetKindInvalid);
        await ShouldRefuseAsync(_folder["no/such/folder"], SalvageCode.TargetKindInvalid);
        (await File.ReadAllTextAsync(_folder["file"], TestContext.Current.CancellationToken)).ShouldBe("kept");
    }

    [Fact]
    public async Task Targets_among_replicas_are_refused_however_they_are_named()
    {
        File.CreateSymbolicLink(_folder["way"], _replica.Path);
        File.CreateSymbolicLink(_folder["relative"], "disk/replicas");
        await ShouldRefuseAsync(_replica["out.raw"], SalvageCode.TargetInsideReplica);
        await ShouldRefuseAsync(Path.Combine(_folder["way"], "out.raw"), SalvageCode.TargetInsideReplica);
        await ShouldRefuseAsync(Path.Combine(_folder["relative"], "out.raw"), SalvageCode.TargetInsideReplica);
        await ShouldRefuseAsync(Path.Combine(_replica.Disk, "replicas", "out.raw"), SalvageCode.TargetInsideReplica);
    }

    [Fact]
    public void A_target_without_room_is_refused() =>
        Should.Throw<SalvageException>(() => RawImageTarget.At(_folder["out.raw"], long.MaxValue)).Code.ShouldBe(SalvageCode.TargetTooSmall);

    [Fact]
    public async Task An_unfinished_image_is_replaced_and_a_link_in_its_place_is_not()
    {
        await File.WriteAllTextAsync(_folder["out.raw.partial"], "left by a kill", TestContext.Current.CancellationToken);
        (await ExportAsync(_folder["out.raw"])).IsWritten.ShouldBeTrue();
        await File.WriteAllTextAsync(_folder["file"], "kept", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(_folder["other.raw.partial"], _folder["file"]);
        await ShouldRefuseAsync(_folder["other.raw"], SalvageCode.TargetKindInvalid);
        (await File.ReadAllTextAsync(_folder["file"], TestContext.Current.CancellationToken)).ShouldBe("kept");
    }

    [Fact]
    public async Task Nothing_in_the_directory_changes_even_where_nothing_may_be_written()
    {
        _replica.WithCounter(5);
        File.SetUnixFileMode(_replica.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (var file in Directory.GetFiles(_replica.Path))
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead);
        }

        var before = DirectoryRecord.Take(_replica.Disk);
        (await ExportAsync(_folder["out.raw"])).IsWritten.ShouldBeTrue();
        await ExportAsync(_replica["out.raw"]);
        await ReplicaExport.RunAsync(_replica.Path, _folder["stopped.raw"], new ExportOptions(), new CancellationToken(true)).ShouldThrowAsync<OperationCanceledException>();
        (DirectoryRecord.Take(_replica.Disk)).ShouldBe(before);
        File.SetUnixFileMode(_replica.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_layer_that_is_written_to_meanwhile_spoils_the_copy()
    {
        var options = new CopyOptions { Progress = new Writer(_replica["volume-snap-s1.img"]) };
        var report = await ReplicaExport.RunAsync(_replica.Path, _folder["out.raw"], new ExportOptions { Copying = options }, TestContext.Current.CancellationToken);
        report.Code.ShouldBe(SalvageCode.ReadFailed);
        report.Reason!.ShouldContain("volume-snap-s1.img");
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_copy_that_is_stopped_leaves_no_image()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var options = new CopyOptions { ChunkSize = 64 << 10, Chunks = 1, Progress = new Stopper(stop) };
        await ReplicaExport.RunAsync(_replica.Path, _folder["out.raw"], new ExportOptions { Copying = options }, stop.Token).ShouldThrowAsync<OperationCanceledException>();
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_device_holds_the_volume_and_nothing_of_what_it_held(bool isFresh)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var opened = OpenedReplica.Open(_replica.Path);
        await using var device = new MemoryDevice(_replica.Size + 4096, isFresh ? (byte)0 : (byte)0xEE);
        var result = await VolumeCopy.RunAsync(opened.Volume, new BlockDeviceTarget(device, isFresh), null, cancellation);
        device.Flushes.ShouldBe(1);
        result.Sha256.ShouldBe(await DeviceReadBack.RunAsync(device, _replica.Size, hash: true, null, null, cancellation));
        device.Content[^1].ShouldBe(isFresh ? (byte)0 : (byte)0xEE);
        if (isFresh)
        {
            device.Written.ShouldBeLessThanOrEqualTo(result.DataBytes);
        }
    }

    [Fact]
    public async Task A_smaller_device_and_one_that_fails_are_told()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var opened = OpenedReplica.Open(_replica.Path);
        await using var small = new MemoryDevice(_replica.Size - 512, 0);
        (await Should.ThrowAsync<SalvageException>(() => VolumeCopy.RunAsync(opened.Volume, new BlockDeviceTarget(small, true), null, cancellation))).Code.ShouldBe(SalvageCode.TargetTooSmall);
        small.Written.ShouldBe(0);
        await using var failing = new MemoryDevice(_replica.Size, 0) { FailsFrom = 1 << 20 };
        var failure = await Should.ThrowAsync<SalvageException>(() => VolumeCopy.RunAsync(opened.Volume, new BlockDeviceTarget(failing, true), new CopyOptions { ChunkSize = 64 << 10, Chunks = 1 }, cancellation));
        failure.Code.ShouldBe(SalvageCode.WriteFailed);
        failure.Reason.ShouldContain("No space left");
    }

    private Task<ReplicaExportReport> ExportAsync(string target) =>
        ReplicaExport.RunAsync(_replica.Path, target, new ExportOptions(), TestContext.Current.CancellationToken);

    private async Task ShouldRefuseAsync(string target, string code)
    {
        var report = await ExportAsync(target);
        report.Verdict.ShouldBe("refuse");
        report.Code.ShouldBe(code, report.Reason);
        report.Remedy.ShouldNotBeNullOrEmpty();
        report.Sha256.ShouldBeNull();
    }

    private sealed class Stopper(CancellationTokenSource stop) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => stop.Cancel();
    }

    private sealed class Writer(string path) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value)
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.Write(handle, [1], 4096);
        }
    }

    private sealed class MemoryDevice : IBlockDevice
    {
        private long _written;

        internal MemoryDevice(long size, byte fill)
        {
            Content = new byte[size];
            Array.Fill(Content, fill);
        }

        public long Size => Content.Length;

        internal byte[] Content { get; }

        internal long Written => _written;

        internal int Flushes { get; private set; }

        internal long FailsFrom { get; init; } = long.MaxValue;

        public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Content.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
            return Task.CompletedTask;
        }

        public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            if (offset + data.Length > FailsFrom)
            {
                throw new IOException("No space left on device", 28);
            }

            data.Span.CopyTo(Content.AsSpan((int)offset));
            Interlocked.Add(ref _written, data.Length);
            return Task.CompletedTask;
        }

        public Task FlushAsync(CancellationToken cancellationToken)
        {
            Flushes++;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
