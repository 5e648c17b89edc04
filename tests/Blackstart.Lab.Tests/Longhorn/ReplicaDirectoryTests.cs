using System.Text.Json;
using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Tests.Longhorn;

public sealed class ReplicaDirectoryTests : IDisposable
{
    private const int Size = 1024 * 1024;
    private const string Created = "2026-01-02T03:04:05Z";
    private readonly ReplicaFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFreshReplicaHasTheFilesAndWordsOfTheRealOne()
    {
        var path = _folder.Replica(1);
        ReplicaDirectory.Create(path, Size, Created, countRevisions: true);
        Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["revision.counter", "volume-head-000.img", "volume-head-000.img.meta", "volume.meta"]);
        File.ReadAllText(Path.Combine(path, "volume.meta")).ShouldBe(
            """{"Size":1048576,"Head":"volume-head-000.img","Dirty":false,"Rebuilding":false,"Error":"","Parent":"","SectorSize":512,"BackingFilePath":"","Encrypted":false}""" + "\n");
        File.ReadAllText(Path.Combine(path, "volume-head-000.img.meta")).ShouldBe(
            """{"Name":"volume-head-000.img","Parent":"","Removed":false,"UserCreated":false,"Created":"2026-01-02T03:04:05Z","Labels":null}""" + "\n");
        File.ReadAllBytes(Path.Combine(path, "revision.counter")).ShouldBe([(byte)'0', .. new byte[4095]]);
        new FileInfo(Path.Combine(path, "volume-head-000.img")).Length.ShouldBe(Size);
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void DirtyIsSetWhileOpenAndStaysAfterACrash()
    {
        var path = _folder.Replica(1);
        ReplicaDirectory.Create(path, Size, Created, countRevisions: false);
        var crashed = ReplicaDirectory.Open(path, Size);
        ReplicaDirectory.Inspect(path)!.Dirty.ShouldBeTrue();
        crashed.Dispose();
        ReplicaDirectory.Inspect(path)!.Dirty.ShouldBeTrue();
        ReplicaDirectory.Open(path, Size).Close();
        ReplicaDirectory.Inspect(path)!.Dirty.ShouldBeFalse();
    }

    [Fact]
    public void ASnapshotKeepsTheNameOfTheHeadItWas()
    {
        var path = _folder.Replica(1);
        ReplicaDirectory.Create(path, Size, Created, countRevisions: false);
        using var replica = ReplicaDirectory.Open(path, Size);
        replica.Snapshot("daily", userCreated: true, Created, new Dictionary<string, string>(StringComparer.Ordinal) { ["RecurringJob"] = "daily" });
        Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["volume-head-001.img", "volume-head-001.img.meta", "volume-snap-daily.img", "volume-snap-daily.img.meta", "volume.meta"]);
        File.ReadAllText(Path.Combine(path, "volume-snap-daily.img.meta")).ShouldBe(
            """{"Name":"volume-head-000.img","Parent":"","Removed":false,"UserCreated":true,"Created":"2026-01-02T03:04:05Z","Labels":{"RecurringJob":"daily"}}""" + "\n");
        using var meta = JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "volume.meta")));
        meta.RootElement.GetProperty("Head").GetString().ShouldBe("volume-head-001.img");
        meta.RootElement.GetProperty("Parent").GetString().ShouldBe("volume-snap-daily.img");
    }

    [Fact]
    public void HeadNumbersGoOnFromTheirLastDigitOnly()
    {
        var heads = new List<string> { "volume-head-000.img" };
        while (heads.Count < 13)
        {
            heads.Add(ReplicaFiles.NextHead(heads[^1]));
        }

        heads.TakeLast(4).ShouldBe(["volume-head-009.img", "volume-head-010.img", "volume-head-001.img", "volume-head-002.img"]);
    }

    [Fact]
    public async Task EveryPlaceToStopWithinASnapshotLeavesTheContentWhole()
    {
        for (var stop = 0; stop <= 9; stop++)
        {
            using var folder = new ReplicaFolder();
            var path = folder.Replica(1);
            var first = Filled(1);
            ReplicaDirectory.Create(path, Size, Created, countRevisions: false);
            using (var replica = ReplicaDirectory.Open(path, Size))
            {
                replica.Write(0, first);
                replica.SnapshotSteps("x", userCreated: true, Created, labels: null).Take(stop).Count().ShouldBe(Math.Min(stop, 8));
            }

            await Salvage.ShouldGiveAsync(path, first);
            var second = Filled(2);
            using (var replica = ReplicaDirectory.Open(path, Size))
            {
                Read(replica).AsSpan().SequenceEqual(first).ShouldBeTrue($"stopped after {stop} steps");
                replica.Write(4096, second.AsSpan(0, 4096));

                // Eleven more bring the head's number round to any that a crash may have left lying there.
                for (var more = 0; more < 11; more++)
                {
                    replica.Snapshot($"later-{more}", userCreated: false, Created, labels: null);
                }
            }

            using var again = ReplicaDirectory.Open(path, Size);
            second.AsSpan(0, 4096).CopyTo(first.AsSpan(4096));
            Read(again).AsSpan().SequenceEqual(first).ShouldBeTrue($"stopped after {stop} steps");
        }
    }

    [Theory]
    [InlineData("volume.meta", "\0\0\0\0")]
    [InlineData("volume.meta", "{\"Size\":1048576,\"Head\":\"volume-head-000.img\"")]
    [InlineData("volume-snap-stray.img.meta", "not JSON")]
    [InlineData("volume-head-000.img.meta", "{\"Parent\":\"volume-snap-gone.img\"}")]
    [InlineData("volume-head-000.img.meta", "{\"Parent\":\"volume-head-000.img\"}")]
    public void DamagedMetadataFailTheReplica(string file, string content)
    {
        var path = _folder.Replica(1);
        ReplicaDirectory.Create(path, Size, Created, countRevisions: false);
        File.WriteAllText(Path.Combine(path, file), content);
        Should.Throw<InvalidDataException>(() => ReplicaDirectory.Open(path, Size));
    }

    [Fact]
    public void AReplicaOfAnotherSizeIsRefused()
    {
        var path = _folder.Replica(1);
        ReplicaDirectory.Create(path, Size, Created, countRevisions: false);
        Should.Throw<InvalidDataException>(() => ReplicaDirectory.Open(path, 2 * Size));
        Should.Throw<ArgumentException>(() => ReplicaDirectory.Create(_folder.Replica(2), 1000, Created, countRevisions: false));
    }

    private static byte[] Filled(int seed)
    {
        var data = new byte[Size];
        new Random(seed).NextBytes(data.AsSpan(0, Size / 2));
        return data;
    }

    private static byte[] Read(ReplicaDirectory replica)
    {
        var data = new byte[Size];
        replica.Read(0, data);
        return data;
    }
}
