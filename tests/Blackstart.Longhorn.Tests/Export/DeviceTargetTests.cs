using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Devices;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Nbd;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Export;

/// <summary>Devices as targets. Those of the machine need root and loop devices: the tests of them do nothing otherwise.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DeviceTargetTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;
    private readonly List<string> _loops = [];

    public DeviceTargetTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1), (900, 1)], [(1, 2), (7, 0)], [(7, 3), (2, 3)]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static DateOnly Today => DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    private static bool HasLoops => Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control");

    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops)
        {
            await Tool.RunAsync("losetup", "--detach", loop);
        }

        _folder.Dispose();
    }

    [Theory]
    [InlineData(DigestMode.Sha256)]
    [InlineData(DigestMode.Extents)]
    [InlineData(DigestMode.None)]
    public async Task A_device_offered_over_nbd_is_written_and_read_back(DigestMode digest)
    {
        await RunAsync(_folder["image.raw"], new ExportOptions());
        await using var device = FileBlockDevice.Create(_folder["device"], _replica.Size);
        await using var server = NbdServer.ListenUnix(_folder["s"], [new NbdExport("volume", device)], TimeProvider.System);
        var uri = $"nbd+unix:///volume?socket={_folder["s"]}";
        var report = await RunAsync(uri, new ExportOptions { Copying = new CopyOptions { Digest = digest }, Verify = true });
        report.Code.ShouldBeNull(report.Reason);
        report.IsVerified.ShouldBeTrue();
        (await RunAsync(uri, new ExportOptions())).Code.ShouldBe(SalvageCode.TargetNotFresh);
        var again = await RunAsync(uri, new ExportOptions { Overwrite = Today });
        again.Overwritten.ShouldBe("raw");
        again.OverwriteDate.ShouldBe(Today);
        (await RunAsync(uri, new ExportOptions { Overwrite = Today.AddDays(1) })).Code.ShouldBe(SalvageCode.OverwriteDateWrong);
        await using var read = await DeviceAddress.OpenForReadingAsync(uri, Cancellation);
        await using var image = BlockDeviceFile.OpenForReading(_folder["image.raw"]);
        (await DeviceReadBack.RunAsync(read, _replica.Size, hash: true, null, null, Cancellation)).ShouldBe(await DeviceReadBack.RunAsync(image, _replica.Size, hash: true, null, null, Cancellation));
    }

    [Fact]
    public async Task A_device_that_nobody_offers_is_told() =>
        (await RunAsync($"nbd+unix:///volume?socket={_folder["nobody"]}", new ExportOptions())).Code.ShouldBe(SalvageCode.DeviceUnreachable);

    [Fact]
    public async Task A_block_device_is_written_once_it_is_provably_empty_or_acknowledged()
    {
        if (!HasLoops)
        {
            return;
        }

        var loop = await LoopAsync(_folder["disk.raw"], _replica.Size + 4096);
        (await RunAsync(loop, new ExportOptions { Verify = true })).Code.ShouldBeNull();
        (await RunAsync(loop, new ExportOptions())).Code.ShouldBe(SalvageCode.TargetNotFresh);
        var report = await RunAsync(loop, new ExportOptions { Overwrite = Today, Verify = true });
        report.Code.ShouldBeNull(report.Reason);
        report.Overwritten.ShouldBe("raw");
        await RunAsync(_folder["image.raw"], new ExportOptions());
        await Tool.RunAsync("cmp", "-n", $"{_replica.Size}", loop, _folder["image.raw"]);
    }

    [Fact]
    public async Task A_new_file_system_with_nothing_in_it_is_written_over_wholly()
    {
        if (!HasLoops)
        {
            return;
        }

        var loop = await LoopAsync(_folder["disk.raw"], _replica.Size);
        await Tool.RunAsync("mkfs.ext4", "-q", loop);
        var report = await RunAsync(loop, new ExportOptions { Verify = true, Copying = new CopyOptions { Digest = DigestMode.None } });
        report.Code.ShouldBeNull(report.Reason);
        report.Overwritten!.ShouldStartWith("ext4:");
    }

    [Fact]
    public async Task A_block_device_that_is_too_small_a_link_or_a_file_of_a_replica_is_refused()
    {
        if (!HasLoops)
        {
            return;
        }

        var small = await LoopAsync(_folder["small.raw"], _replica.Size - 4096);
        (await RunAsync(small, new ExportOptions())).Code.ShouldBe(SalvageCode.TargetTooSmall);
        File.CreateSymbolicLink(_folder["link"], small);
        (await RunAsync(_folder["link"], new ExportOptions { Overwrite = Today })).Code.ShouldBe(SalvageCode.TargetIsLink);
        var layer = await LoopAsync(_replica["stray.raw"], _replica.Size);
        (await RunAsync(layer, new ExportOptions { Overwrite = Today })).Code.ShouldBe(SalvageCode.TargetInsideReplica);
    }

    [Fact]
    public async Task A_block_device_that_is_mounted_or_held_is_refused()
    {
        if (!HasLoops)
        {
            return;
        }

        var loop = await LoopAsync(_folder["disk.raw"], _replica.Size);
        await using (BlockDeviceFile.OpenForWriting(loop))
        {
            (await RunAsync(loop, new ExportOptions { Overwrite = Today })).Code.ShouldBe(SalvageCode.TargetInUse);
        }

        await Tool.RunAsync("mkfs.ext4", "-q", loop);
        Directory.CreateDirectory(_folder["mount"]);
        await Tool.RunAsync("mount", loop, _folder["mount"]);
        try
        {
            var report = await RunAsync(loop, new ExportOptions { Overwrite = Today });
            report.Code.ShouldBe(SalvageCode.TargetInUse);
            report.Reason!.ShouldContain(_folder["mount"]);
        }
        finally
        {
            await Tool.RunAsync("umount", _folder["mount"]);
        }
    }

    private async Task<string> LoopAsync(string file, long size)
    {
        await using (FileBlockDevice.Create(file, size))
        {
        }

        var loop = (await Tool.RunAsync("losetup", "--find", "--show", file)).Trim();
        _loops.Add(loop);
        return loop;
    }

    private Task<ReplicaExportReport> RunAsync(string to, ExportOptions options) => ReplicaExport.RunAsync(_replica.Path, to, options, Cancellation);
}
