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
}
