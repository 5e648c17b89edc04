using System.Diagnostics;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Scanning;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Scanning;

public sealed class ReplicaScanTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Replicas_of_several_nodes_are_grouped_by_volume()
    {
        _ = new ReplicaBuilder(_folder, "pvc-a", "00000001", "pi1/longhorn").WithLayers([(0, 1)], [(1, 1)]);
        _ = new ReplicaBuilder(_folder, "pvc-a", "00000002", "pi2/longhorn").WithLayers([(0, 1)], [(1, 1)]);
        _ = new ReplicaBuilder(_folder, "pvc-b", "00000003", "pi2/longhorn").WithLayers([(0, 1)]);
        Directory.CreateDirectory(_folder["pi2/longhorn/replicas/pvc-b-00000004"]);
        Directory.CreateDirectory(_folder["pi2/other/pvc-c-00000005"]);
        File.CreateSymbolicLink(_folder["loop"], _folder.Path);
        var report = ReplicaScan.Run([_folder.Path], null, null, TestContext.Current.CancellationToken);
        report.Disks.Select(disk => disk.Path).ShouldBe([_folder["pi1/longhorn"], _folder["pi2/longhorn"]]);
        report.Disks.ShouldAllBe(disk => disk.Uuid == "5b7e1f6e-4a6f-4f8e-9d5c-0d6f0c6f0a11");
        report.Volumes.Select(volume => volume.Name).ShouldBe(["pvc-a", "pvc-b"]);
        report.Volumes[0].Choice.Replicas.Count.ShouldBe(2);
        report.Volumes[0].Choice.Best.ShouldNotBeNull();
        report.Volumes[1].Choice.Replicas.Select(replica => replica.Standing).ShouldBe([ReplicaStanding.Best, ReplicaStanding.Damaged]);
        ReplicaScan.Find([_folder["pi1"]], TestContext.Current.CancellationToken).Keys.ShouldBe(["pvc-a"]);
    }

    [Fact]
    public void A_root_that_does_not_exist_is_told() =>
        Should.Throw<SalvageException>(() => ReplicaScan.Find([_folder["none"]], TestContext.Current.CancellationToken)).Code.ShouldBe(SalvageCode.DirectoryUnreadable);

    [Fact]
    public void A_root_may_be_a_link_and_only_the_volume_asked_for_is_judged()
    {
        _ = new ReplicaBuilder(_folder, "pvc-a", "00000001").WithLayers([(0, 1)]);
        _ = new ReplicaBuilder(_folder, "pvc-b", "00000002").WithLayers([(0, 1)]);
        File.CreateSymbolicLink(_folder["link"], _folder["disk"]);
        var report = ReplicaScan.Run([_folder["link"]], new ScanOptions { Volume = "pvc-b" }, TestContext.Current.CancellationToken);
        report.Volumes.Single().Name.ShouldBe("pvc-b");
        report.Unreadable.ShouldBeEmpty();
        report.IsDecided.ShouldBeTrue();
        report.EvidenceOf("pvc-b").Single().Fingerprint.ShouldBeNull();
    }

    [Fact]
    public void Where_nothing_is_found_it_is_told_where_it_was_looked()
    {
        _ = new ReplicaBuilder(_folder, "pvc-a", "00000001").WithLayers([(0, 1)]);
        var report = ReplicaScan.Run([_folder["disk"]], new ScanOptions { Volume = "pvc-none" }, TestContext.Current.CancellationToken);
        report.IsDecided.ShouldBeFalse();
        report.NothingFound.ShouldBe($"no replica directory of volume pvc-none was found under {_folder["disk"]}");
        ScanJson.Write(report).ShouldContain(report.NothingFound!);
        ReplicaScan.Run([_folder["disk"]], new ScanOptions(), TestContext.Current.CancellationToken).NothingFound.ShouldBeNull();
    }

    [Fact]
    public void A_disk_that_two_roots_lead_to_is_looked_at_once()
    {
        _ = new ReplicaBuilder(_folder, "pvc-a", "00000001", "node/longhorn").WithLayers([(0, 1)]);
        File.CreateSymbolicLink(_folder["link"], _folder["node"]);
        var report = ReplicaScan.Run([_folder["link/longhorn"], _folder.Path], new ScanOptions(), TestContext.Current.CancellationToken);
        report.Volumes.Single().Choice.Replicas.Single().Judgement.Path.ShouldBe(_folder["node/longhorn/replicas/pvc-a-00000001"]);
    }

    [Fact]
    public async Task A_disk_that_is_mounted_twice_is_looked_at_once()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return; // Only root may mount.
        }

        var replica = new ReplicaBuilder(_folder, "pvc-a", "00000001", "node").WithLayers([(0, 1)]);
        Directory.CreateDirectory(_folder["mounted"]);
        await Tool.RunAsync("mount", "--bind", _folder["node"], _folder["mounted"]);
        try
        {
            var report = ReplicaScan.Run([_folder.Path], new ScanOptions(), TestContext.Current.CancellationToken);
            report.Volumes.Single().Choice.Replicas.Count.ShouldBe(1);
            replica.Path.ShouldNotBeNull();
        }
        finally
        {
            await Tool.RunAsync("umount", _folder["mounted"]);
        }
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_disk_whose_record_cannot_be_read_is_looked_into_all_the_same()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return; // Root may read everything.
        }

        var replica = new ReplicaBuilder(_folder, "pvc-a", "00000001").WithLayers([(0, 1)]);
        File.SetUnixFileMode(Path.Combine(replica.Disk, "longhorn-disk.cfg"), UnixFileMode.None);
        var report = ReplicaScan.Run([replica.Disk], new ScanOptions(), TestContext.Current.CancellationToken);
        report.Volumes.Single().Name.ShouldBe("pvc-a");
        report.Disks.ShouldBe([new FoundDisk(replica.Disk, null)]);
    }

    [Theory]
    [InlineData("""{"diskName":"d","diskUUID":"u","diskDriver":"aio"}""")]
    [InlineData("""{"diskUUID":"u","diskType":"block"}""")]
    public void A_disk_of_the_second_engine_is_told_by_its_record(string record)
    {
        Directory.CreateDirectory(_folder["disk"]);
        File.WriteAllText(_folder["disk/longhorn-disk.cfg"], record);
        var report = ReplicaScan.Run([_folder.Path], new ScanOptions(), TestContext.Current.CancellationToken);
        report.Disks.ShouldBe([new FoundDisk(_folder["disk"], "u", FoundDisk.SecondEngine)]);
        report.IsDecided.ShouldBeFalse();
        ScanJson.Write(report).ShouldContain("unsupported (v2 data engine)");
    }

    [Fact]
    public void A_device_of_the_second_engine_is_told_by_its_signature()
    {
        File.WriteAllText(_folder["device"], "SPDKBLOB and more");
        File.WriteAllText(_folder["other"], "SPDKBLO");
        ReplicaScan.Run([_folder["device"]], new ScanOptions(), TestContext.Current.CancellationToken).Disks.Single().IsSecondEngine.ShouldBeTrue();
        Should.Throw<SalvageException>(() => ReplicaScan.Run([_folder["other"]], new ScanOptions(), TestContext.Current.CancellationToken)).Code.ShouldBe(SalvageCode.DirectoryUnreadable);
    }

    [Fact]
    public async Task A_replica_that_a_live_engine_serves_is_in_use_whatever_else_is_wrong_with_it()
    {
        var served = new ReplicaBuilder(_folder, "pvc-a", "00000001").WithLayers([(0, 1)]).WithVolumeMetadata(m => m["Rebuilding"] = true);
        _ = new ReplicaBuilder(_folder, "pvc-a", "00000002").WithLayers([(0, 1)]);
        using var engine = new Process();
        engine.StartInfo = new ProcessStartInfo("bash", ["-c", "exec -a /usr/local/bin/longhorn sh -c 'echo up; read line' - replica \"$0\" --size 4194304", served.Path]) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        engine.Start();
        try
        {
            (await engine.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("up");
            var report = ReplicaScan.Run([_folder.Path], new ScanOptions(), TestContext.Current.CancellationToken);
            report.Volumes.Single().Choice.Replicas.Select(replica => replica.Standing).ShouldBe([ReplicaStanding.InUse, ReplicaStanding.Best]);
            report.Volumes.Single().Choice.Replicas[0].Reason.ShouldContain($"{engine.Id}");
        }
        finally
        {
            engine.StandardInput.Close();
            await engine.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        ReplicaScan.Run([_folder.Path], new ScanOptions(), TestContext.Current.CancellationToken).Volumes.Single().Choice.Replicas[0].Standing.ShouldBe(ReplicaStanding.Incomplete);
    }
}
