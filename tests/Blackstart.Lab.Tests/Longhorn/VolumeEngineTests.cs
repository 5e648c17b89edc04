using System.Diagnostics;
using System.Security.Cryptography;
using Blackstart.Lab.Longhorn.Engine;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Tests.Longhorn;

public sealed class VolumeEngineTests : IDisposable
{
    private const int Size = 4 * 1024 * 1024;
    private readonly ReplicaFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AReplicaThatFailsIsGivenUpAndTheOthersGoOn()
    {
        var changes = 0;
        var (engine, replicas) = Failing(() => changes++);
        await using (engine)
        {
            await engine.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
            replicas["b"].OnWrite = BlockError.Exception(BlockError.NoSpace, "writing");
            await engine.WriteAsync(0, Filled(2), TestContext.Current.CancellationToken);
            engine.Replicas.Single(replica => replica.Mode == ReplicaMode.Failed).Name.ShouldBe("b");
            engine.Replicas.Single(replica => replica.Name == "b").Reason.ShouldNotBeNull().ShouldContain("No space left on device");
            changes.ShouldBe(1);
            replicas["b"].OnWrite = null;
            replicas["a"].OnRead = new IOException("the disk is gone");
            (await ReadAsync(engine)).AsSpan().SequenceEqual(Filled(2)).ShouldBeTrue();
            engine.Replicas.Count(replica => replica.Mode == ReplicaMode.ReadWrite).ShouldBe(1);
            replicas["c"].OnWrite = new IOException("so is this one");
            (await Should.ThrowAsync<IOException>(() => engine.WriteAsync(0, Filled(3), TestContext.Current.CancellationToken)))
                .HResult.ShouldBe(BlockError.InputOutput);
        }
    }

    [Fact]
    public async Task FullDisksEverywhereAreToldToTheWriterAndCostNoReplica()
    {
        var (engine, replicas) = Failing(changed: null);
        await using (engine)
        {
            foreach (var replica in replicas.Values)
            {
                replica.OnWrite = BlockError.Exception(BlockError.NoSpace, "writing");
            }

            await using var server = NbdServer.ListenUnix(Path.Combine(_folder.Path, "s"), [new NbdExport("v", engine)], TimeProvider.System);
            await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
            var full = await Should.ThrowAsync<IOException>(() => client.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken));
            full.Message.ShouldContain("No space left on device");
            engine.Replicas.ShouldAllBe(replica => replica.Mode == ReplicaMode.ReadWrite);
            foreach (var replica in replicas.Values)
            {
                replica.OnWrite = null;
            }

            await client.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task ADirectoryThatIsGoneIsNoticedAtTheNextFlush()
    {
        await using var engine = VolumeEngine.Start("v", Size, _folder.Sources(1, 2, 3), new EngineOptions());
        await engine.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        Directory.Delete(_folder.Replica(2), recursive: true);
        await engine.FlushAsync(TestContext.Current.CancellationToken);
        engine.Replicas.Single(replica => replica.Mode == ReplicaMode.Failed).Path.ShouldBe(_folder.Replica(2));
        (await ReadAsync(engine)).AsSpan().SequenceEqual(Filled(1)).ShouldBeTrue();
    }

    [Fact]
    public async Task ADirectoryThatIsExchangedUnderARunningEngineIsNoticedAndLeftAlone()
    {
        await using (var orphan = VolumeEngine.Start("v", Size, _folder.Sources(3), new EngineOptions()))
        {
            await orphan.WriteAsync(0, Filled(2), TestContext.Current.CancellationToken);
            await orphan.AbandonAsync();
        }

        await using var engine = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), new EngineOptions());
        await engine.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        Directory.Delete(_folder.Replica(1), recursive: true);
        Directory.Move(_folder.Replica(3), _folder.Replica(1));
        await engine.CheckAsync(TestContext.Current.CancellationToken);
        engine.Replicas.Single(replica => replica.Mode == ReplicaMode.Failed).Path.ShouldBe(_folder.Replica(1));
        await engine.DisposeAsync();
        ReplicaDirectory.Inspect(_folder.Replica(1))!.Dirty.ShouldBeTrue();
        await Salvage.ShouldGiveAsync(_folder.Replica(1), Filled(2));
    }

    [Fact]
    public async Task WhatWouldFailEveryReplicaIsRefusedForTheVolume()
    {
        await using var engine = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), new EngineOptions());
        await engine.SnapshotAsync("one", userCreated: true, labels: null, TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<IOException>(() => engine.SnapshotAsync("one", userCreated: true, labels: null, TestContext.Current.CancellationToken)))
            .Message.ShouldContain("already");
        await Should.ThrowAsync<IOException>(() => engine.RevertAsync("two", TestContext.Current.CancellationToken));
        for (var more = engine.Snapshots.Count + 1; more < 250; more++)
        {
            await engine.SnapshotAsync($"s{more}", userCreated: false, labels: null, TestContext.Current.CancellationToken);
        }

        (await Should.ThrowAsync<IOException>(() => engine.SnapshotAsync("last", userCreated: true, labels: null, TestContext.Current.CancellationToken)))
            .Message.ShouldContain("250 layers");
        engine.Replicas.ShouldAllBe(replica => replica.Mode == ReplicaMode.ReadWrite);
    }

    [Fact]
    public async Task ARebuiltReplicaHoldsEverythingIncludingWhatIsWrittenMeanwhile()
    {
        await using var engine = VolumeEngine.Start("v", Size, _folder.Sources(1), new EngineOptions());
        await engine.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        await engine.SnapshotAsync("one", userCreated: true, labels: null, TestContext.Current.CancellationToken);
        await engine.WriteAsync(5000, Filled(2).AsMemory(0, 3000), TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                for (var turn = 0; !stop.IsCancellationRequested; turn++)
                {
                    await engine.WriteAsync(turn * 700 % (Size - 9000), Filled(turn).AsMemory(0, 9000), TestContext.Current.CancellationToken);
                }
            },
            TestContext.Current.CancellationToken);
        await engine.RebuildAsync("v-r-2", _folder.Replica(2), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await writing;
        engine.Replicas.ShouldAllBe(replica => replica.Mode == ReplicaMode.ReadWrite);
        var expected = await ReadAsync(engine);
        ReplicaDirectory.Inspect(_folder.Replica(2))!.Rebuilding.ShouldBeFalse();
        await engine.DisposeAsync();
        await using var alone = VolumeEngine.Start("v", Size, _folder.Sources(2), new EngineOptions());
        (await ReadAsync(alone)).AsSpan().SequenceEqual(expected).ShouldBeTrue();
    }

    [Fact]
    public async Task AnUnfinishedRebuildIsNotTrusted()
    {
        await using (var engine = VolumeEngine.Start("v", Size, _folder.Sources(1), new EngineOptions()))
        {
            await engine.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        }

        ReplicaDirectory.StartRebuild(_folder.Replica(2), Size, "volume-snap-x.img", "2026-01-02T03:04:05Z", countRevisions: false).Dispose();
        ReplicaDirectory.Inspect(_folder.Replica(2))!.Rebuilding.ShouldBeTrue();
        await using var again = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), new EngineOptions());
        again.Replicas.Single(replica => replica.Mode == ReplicaMode.Failed).Reason.ShouldNotBeNull().ShouldContain("rebuilt");
    }

    [Fact]
    public async Task ADirtyReplicaLosesToCleanOnesAndDirtyOnesAreEqual()
    {
        var crashed = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), new EngineOptions());
        await crashed.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        await using (var engine = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), new EngineOptions()))
        {
            engine.Replicas.ShouldAllBe(replica => replica.Mode == ReplicaMode.ReadWrite);
        }

        // A third one, full of data and dirty, in the place of an empty one: the trap of a renamed orphan.
        var orphan = VolumeEngine.Start("v", Size, _folder.Sources(3), new EngineOptions());
        await orphan.WriteAsync(0, Filled(2), TestContext.Current.CancellationToken);
        await using var trapped = VolumeEngine.Start("v", Size, _folder.Sources(1, 2, 3), new EngineOptions());
        trapped.Replicas.Single(replica => replica.Mode == ReplicaMode.Failed).Path.ShouldBe(_folder.Replica(3));
        await trapped.RebuildAsync("v-r-3", _folder.Replica(3), TestContext.Current.CancellationToken);
        await trapped.DisposeAsync();
        await using var alone = VolumeEngine.Start("v", Size, _folder.Sources(3), new EngineOptions());
        (await ReadAsync(alone)).AsSpan().SequenceEqual(Filled(1)).ShouldBeTrue();
    }

    [Fact]
    public async Task ARevisionThatIsBehindIsRefused()
    {
        var options = new EngineOptions { CountRevisions = true };
        await using (var engine = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), options))
        {
            await engine.WriteAsync(0, Filled(1), TestContext.Current.CancellationToken);
        }

        await using (var engine = VolumeEngine.Start("v", Size, _folder.Sources(1), options))
        {
            await engine.WriteAsync(0, Filled(2), TestContext.Current.CancellationToken);
        }

        await using var again = VolumeEngine.Start("v", Size, _folder.Sources(1, 2), options);
        again.Replicas.Single(replica => replica.Mode == ReplicaMode.Failed).Reason.ShouldBe("revision 1 is behind 2");
        (await ReadAsync(again)).AsSpan().SequenceEqual(Filled(2)).ShouldBeTrue();
    }

    [Fact]
    public async Task AReplicaThatMustExistIsNotMadeAnew()
    {
        await using (VolumeEngine.Start("v", Size, _folder.Sources(1), new EngineOptions()))
        {
        }

        var sources = new[] { _folder.Sources(1)[0], new ReplicaSource("lost", _folder.Replica(2), MustExist: true) };
        await using var engine = VolumeEngine.Start("v", Size, sources, new EngineOptions());
        engine.Replicas.Single(replica => replica.Name == "lost").Mode.ShouldBe(ReplicaMode.Failed);
        Directory.Exists(_folder.Replica(2)).ShouldBeFalse();
        Should.Throw<IOException>(() => VolumeEngine.Start("v", Size, [sources[1]], new EngineOptions())).Message.ShouldContain("is gone");
    }

    [Fact]
    public async Task ASalvageKeepsTheNewestAndFullest()
    {
        foreach (var (number, blocks) in new[] { (1, 10), (2, 30), (3, 20) })
        {
            var crashed = VolumeEngine.Start("v", Size, _folder.Sources(number), new EngineOptions());
            await crashed.WriteAsync(0, Filled(number).AsMemory(0, blocks * 4096), TestContext.Current.CancellationToken);
        }

        await using var engine = VolumeEngine.Start("v", Size, _folder.Sources(1, 2, 3), new EngineOptions { Salvage = true });
        engine.Replicas.Single(replica => replica.Mode == ReplicaMode.ReadWrite).Path.ShouldBe(_folder.Replica(2));
    }

    [Fact]
    public async Task LargeWritesAreFast()
    {
        // Far below what any machine does; it finds a path that went block by block.
        await using var engine = VolumeEngine.Start("v", 256 * 1024 * 1024, _folder.Sources(1, 2, 3), new EngineOptions());
        await using var server = NbdServer.ListenUnix(Path.Combine(_folder.Path, "s"), [new NbdExport("v", engine)], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        var data = RandomNumberGenerator.GetBytes(64 * 1024 * 1024);
        var watch = Stopwatch.StartNew();
        for (var turn = 0; turn < 4; turn++)
        {
            await client.WriteAsync(turn * data.LongLength, data, TestContext.Current.CancellationToken);
        }

        var seconds = watch.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{256 / seconds:0} MiB/s over NBD to three replicas");
        seconds.ShouldBeLessThan(60);
    }

    private (VolumeEngine Engine, Dictionary<string, FailingReplica> Replicas) Failing(Action? changed)
    {
        var replicas = new Dictionary<string, FailingReplica>(StringComparer.Ordinal);
        foreach (var (name, number) in new[] { ("a", 1), ("b", 2), ("c", 3) })
        {
            ReplicaDirectory.Create(_folder.Replica(number), Size, "2026-01-02T03:04:05Z", countRevisions: false);
            replicas[name] = new FailingReplica(ReplicaDirectory.Open(_folder.Replica(number), Size));
        }

        var engine = VolumeEngine.Over("v", Size, replicas.ToDictionary(pair => pair.Key, IReplica (pair) => pair.Value, StringComparer.Ordinal), new EngineOptions { Changed = changed });
        return (engine, replicas);
    }

    private static byte[] Filled(int seed)
    {
        var data = new byte[Size];
        new Random(seed).NextBytes(data);
        return data;
    }

    private static async Task<byte[]> ReadAsync(VolumeEngine engine)
    {
        var data = new byte[engine.Size];
        await engine.ReadAsync(0, data, TestContext.Current.CancellationToken);
        return data;
    }
}
