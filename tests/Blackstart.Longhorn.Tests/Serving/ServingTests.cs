using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;
using Blackstart.Longhorn.Serving;
using Blackstart.Longhorn.Tests.Nbd;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Serving;

/// <summary>Replicas served to the tools of libnbd and QEMU.</summary>
public sealed class ServingTests : IDisposable
{
    private const int Block = 4096;
    private readonly TestFolder _folder = new();
    private readonly ScratchFolder _sockets = new();

    public void Dispose()
    {
        _folder.Dispose();
        _sockets.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_copied_is_what_is_exported_and_the_source_stays_as_it_was(bool unix)
    {
        var replica = Fragmented();
        var before = DirectoryRecord.Take(replica.Disk);
        byte[] expected;
        using (var opened = OpenedReplica.Open(replica.Path))
        {
            expected = new byte[replica.Size];
            opened.Volume.Read(0, expected);
        }

        await using var server = await StartAsync(replica, unix);
        var (exit, _, error) = await Peer.RunAsync("nbdcopy", server.Uri.OriginalString, _folder["copy"]);
        exit.ShouldBe(0, error);
        SHA256.HashData(await File.ReadAllBytesAsync(_folder["copy"], TestContext.Current.CancellationToken)).ShouldBe(SHA256.HashData(expected));
        (exit, _, error) = await Peer.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", _folder["copy"], server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        (exit, _, error) = await Peer.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "raw", server.Uri.OriginalString, _folder["converted"]);
        exit.ShouldBe(0, error);
        (await File.ReadAllBytesAsync(_folder["converted"], TestContext.Current.CancellationToken)).AsSpan().SequenceEqual(expected).ShouldBeTrue();
        (await server.StopAsync()).ShouldBeNull();
        DirectoryRecord.Take(replica.Disk).ShouldBe(before);
    }

    [Fact]
    public async Task Nbdinfo_sees_a_read_only_export_and_where_data_is_whatever_layer_it_comes_from()
    {
        // Blocks 2 and 3 are data of different layers, and the volume ends in the middle of a block.
        var replica = new ReplicaBuilder(_folder, size: (1 << 20) + 512).WithLayers([(2, 1), (256, 4)], [(3, 2), (40, 3)]);
        await using var server = await StartAsync(replica, unix: true);
        var (exit, output, error) = await Peer.RunAsync("nbdinfo", "--json", server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        using (var json = JsonDocument.Parse(output))
        {
            var export = json.RootElement.GetProperty("exports")[0];
            export.GetProperty("export-name").GetString().ShouldBe("pvc-test");
            export.GetProperty("export-size").GetInt64().ShouldBe((1 << 20) + 512);
            export.GetProperty("is_read_only").GetBoolean().ShouldBeTrue();
            export.GetProperty("can_multi_conn").GetBoolean().ShouldBeTrue();
            export.GetProperty("can_trim").GetBoolean().ShouldBeFalse();
        }

        (exit, output, error) = await Peer.RunAsync("nbdinfo", "--map", "--json", server.Uri.OriginalString);
        exit.ShouldBe(0, error);
        using var map = JsonDocument.Parse(output);
        map.RootElement.EnumerateArray().Select(e => (e.GetProperty("offset").GetInt64(), e.GetProperty("length").GetInt64(), e.GetProperty("type").GetInt32())).ShouldBe(
        [
            (0, 2 * Block, 3), (2 * Block, 2 * Block, 0), (4 * Block, 36 * Block, 3), (40 * Block, Block, 0), (41 * Block, 215 * Block, 3), (256 * Block, 512, 0),
        ]);
    }

    [Fact]
    public async Task Unaligned_questions_are_answered_to_the_byte()
    {
        var replica = new ReplicaBuilder(_folder, size: (1 << 20) + 512).WithLayers([(2, 1), (256, 9)], [(3, 2)]);
        await using var server = await StartAsync(replica, unix: true);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        (await client.AllocationAsync((2 * Block) - 1, Block + 2, TestContext.Current.CancellationToken)).ShouldBe([new BlockExtent(1, true, true), new BlockExtent(Block + 1, false, false)]);
        (await client.AllocationAsync((1 << 20) - 7, 519, TestContext.Current.CancellationToken)).ShouldBe([new BlockExtent(7, true, true), new BlockExtent(512, false, false)]);
        var bytes = new byte[Block + 3];
        await client.ReadAsync((3 * Block) - 2, bytes, TestContext.Current.CancellationToken);
        bytes.ShouldBe([1, 1, .. Enumerable.Repeat((byte)2, Block), 0]);
        var last = new byte[513];
        await client.ReadAsync((1 << 20) - 1, last, TestContext.Current.CancellationToken);
        last.ShouldBe([0, .. Enumerable.Repeat((byte)9, 512)]);
    }

    [Fact]
    public async Task Writing_is_refused_and_the_connection_goes_on()
    {
        var replica = Fragmented();
        await using var server = await StartAsync(replica, unix: true);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<IOException>(() => client.WriteAsync(0, new byte[3 << 20], TestContext.Current.CancellationToken))).HResult.ShouldBe(BlockError.NotPermitted);
        (await Should.ThrowAsync<IOException>(() => client.WriteAsync(0, new byte[1], TestContext.Current.CancellationToken))).HResult.ShouldBe(BlockError.NotPermitted);
        await client.ReadAsync(0, new byte[512], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_snapshot_is_served_as_it_was()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(0, 7)], [(0, 1), (1, 1)]);
        await using var server = await ReplicaServer.StartAsync(replica.Path, new ServeOptions { SocketPath = _sockets.File("s"), Snapshot = "s1" }, null, TimeProvider.System, TestContext.Current.CancellationToken);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        var first = new byte[1];
        await client.ReadAsync(0, first, TestContext.Current.CancellationToken);
        first.ShouldBe([1]);
        (await Should.ThrowAsync<SalvageException>(() => ReplicaServer.StartAsync(replica.Path, new ServeOptions { Port = 0, Snapshot = "none" }, null, TimeProvider.System, TestContext.Current.CancellationToken))).Code.ShouldBe(SalvageCode.SnapshotUnknown);
    }

    [Fact]
    public async Task A_file_system_is_whole_in_the_copy()
    {
        var replica = new ReplicaBuilder(_folder, size: 16 << 20).WithLayers([(5, 0)], []);
        await Tool.RunAsync("mke2fs", "-q", "-t", "ext4", "-F", replica[replica.Chain[1]]);
        using (var head = File.OpenHandle(replica[replica.Chain[0]], FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(head, replica.Size);
        }

        await using var server = await StartAsync(replica, unix: true);
        (await Peer.RunAsync("nbdcopy", server.Uri.OriginalString, _folder["copy"])).ExitCode.ShouldBe(0);
        await Tool.RunAsync("e2fsck", "-fn", _folder["copy"]);
        (await Tool.RunAsync("debugfs", "-R", "ls -p /", _folder["copy"])).ShouldContain("lost+found");
    }

    [Fact]
    public async Task Many_clients_are_served_at_once_and_one_that_is_killed_takes_nothing_along()
    {
        var replica = Fragmented();
        await using var server = await StartAsync(replica, unix: true);
        using (var killed = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("nbdcopy", ["--request-size=4096", server.Uri.OriginalString, "null:"]))!)
        {
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var copies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Peer.RunAsync("nbdcopy", server.Uri.OriginalString, _folder[$"copy{i}"])));
        copies.ShouldAllBe(copy => copy.ExitCode == 0);
        var first = await File.ReadAllBytesAsync(_folder["copy0"], TestContext.Current.CancellationToken);
        for (var i = 1; i < copies.Length; i++)
        {
            (await File.ReadAllBytesAsync(_folder[$"copy{i}"], TestContext.Current.CancellationToken)).AsSpan().SequenceEqual(first).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Clients_that_take_nothing_of_what_they_asked_for_do_not_stop_the_others()
    {
        var replica = new ReplicaBuilder(_folder, size: 8 << 20).WithLayers([.. Enumerable.Range(0, 2048).Select(i => ((long)i, (byte)i))]);
        await using var server = await StartAsync(replica, unix: true);
        var stalled = new List<Socket>();
        try
        {
            for (var i = 0; i < 60; i++)
            {
                stalled.Add(await StallAsync(server.Uri));
            }

            var (exit, _, error) = await Peer.RunAsync("nbdcopy", "--connections=1", server.Uri.OriginalString, "null:");
            exit.ShouldBe(0, error);
        }
        finally
        {
            stalled.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_source_that_is_written_to_is_an_error_for_the_client_and_told_once()
    {
        var replica = Fragmented();
        var told = new List<SalvageException>();
        var options = new ServeOptions { SocketPath = _sockets.File("s"), Failed = failure => { lock (told) { told.Add(failure); } } };
        await using var server = await ReplicaServer.StartAsync(replica.Path, options, null, TimeProvider.System, TestContext.Current.CancellationToken);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        await client.ReadAsync(0, new byte[Block], TestContext.Current.CancellationToken);
        using (var head = File.OpenHandle(replica[replica.Chain[0]], FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(head, new byte[Block], 100 * Block);
        }

        // A flush looks at every layer; after that nothing is read any more.
        (await Should.ThrowAsync<IOException>(() => client.FlushAsync(TestContext.Current.CancellationToken))).HResult.ShouldBe(BlockError.InputOutput);
        (await Should.ThrowAsync<IOException>(() => client.ReadAsync(0, new byte[Block], TestContext.Current.CancellationToken))).HResult.ShouldBe(BlockError.InputOutput);
        told.Count.ShouldBe(1);
        told[0].Code.ShouldBe(SalvageCode.ReadFailed);
        (await server.StopAsync())!.Reason.ShouldContain("was written to");
    }

    [Fact]
    public async Task A_layer_that_goes_short_is_an_error_and_never_zeros()
    {
        var replica = new ReplicaBuilder(_folder).WithLayers([(900, 1)]);
        await using var server = await StartAsync(replica, unix: true);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        var bytes = new byte[Block];
        await client.ReadAsync(900 * Block, bytes, TestContext.Current.CancellationToken);
        using (var head = File.OpenHandle(replica[replica.Chain[0]], FileMode.Open, FileAccess.Write))
        {
            RandomAccess.SetLength(head, Block);
        }

        (await Should.ThrowAsync<IOException>(() => client.ReadAsync(900 * Block, bytes, TestContext.Current.CancellationToken))).HResult.ShouldBe(BlockError.InputOutput);
    }

    [Fact]
    public async Task The_map_of_sixteen_tebibytes_is_there_at_once()
    {
        // As much of 16 TiB as a file can have: ext4 ends files one block before.
        const long size = (16L << 40) - (2L << 20);
        var replica = new ReplicaBuilder(_folder, size: size).WithLayers([(0, 1), ((size / Block) - 1, 2)], [(1L << 30, 3)]);
        await using var server = await StartAsync(replica, unix: true);
        var (exit, output, error) = await Peer.RunAsync("nbdinfo", "--map", "--totals", "--json", server.Uri.OriginalString).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        exit.ShouldBe(0, error);
        using var totals = JsonDocument.Parse(output);
        totals.RootElement.EnumerateArray().First(e => e.GetProperty("type").GetInt32() == 0).GetProperty("size").GetInt64().ShouldBe(3 * Block);
    }

    [Fact]
    public async Task It_ends_after_the_last_client_when_told_to()
    {
        var replica = Fragmented();
        await using var server = await StartAsync(replica, unix: true);
        var left = server.WhenLeftAsync(TestContext.Current.CancellationToken);
        var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        left.IsCompleted.ShouldBeFalse();
        await client.DisposeAsync();
        await left.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    [InlineData("::")]
    public async Task An_address_that_others_reach_is_refused(string address)
    {
        var options = new ServeOptions { Port = 0, Address = IPAddress.Parse(address) };
        (await Should.ThrowAsync<SalvageException>(() => ReplicaServer.StartAsync(Fragmented().Path, options, null, TimeProvider.System, TestContext.Current.CancellationToken))).Code.ShouldBe(SalvageCode.NotLoopback);
    }

    [Fact]
    public async Task A_socket_is_made_for_its_owner_alone_in_a_folder_there_is_and_never_over_something_else()
    {
        var replica = Fragmented();
        (await RefusalAsync(replica, Path.Combine(replica.Path, "s"))).Code.ShouldBe(SalvageCode.TargetInsideReplica);
        (await RefusalAsync(replica, Path.Combine(replica.Disk, "replicas", "s"))).Code.ShouldBe(SalvageCode.TargetInsideReplica);
        Directory.CreateSymbolicLink(_sockets.File("link"), replica.Path);
        (await RefusalAsync(replica, Path.Combine(_sockets.File("link"), "s"))).Code.ShouldBe(SalvageCode.TargetInsideReplica);
        (await RefusalAsync(replica, Path.Combine(_sockets.Path, "none", "s"))).Code.ShouldBe(SalvageCode.CannotListen);
        await File.WriteAllTextAsync(_sockets.File("file"), "mine", TestContext.Current.CancellationToken);
        (await RefusalAsync(replica, _sockets.File("file"))).Code.ShouldBe(SalvageCode.CannotListen);
        (await File.ReadAllTextAsync(_sockets.File("file"), TestContext.Current.CancellationToken)).ShouldBe("mine");
        File.CreateSymbolicLink(_sockets.File("dangling"), _sockets.File("s"));
        (await RefusalAsync(replica, _sockets.File("dangling"))).Code.ShouldBe(SalvageCode.CannotListen);

        await using var server = await StartAsync(replica, unix: true);
        File.GetUnixFileMode(_sockets.File("s")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await RefusalAsync(replica, _sockets.File("s"))).Reason.ShouldContain("Another server");
        (await server.StopAsync()).ShouldBeNull();
        File.Exists(_sockets.File("s")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_refused_replica_is_not_served() =>
        (await Should.ThrowAsync<SalvageException>(() => ReplicaServer.StartAsync(_folder["none-00000000"], new ServeOptions { Port = 0 }, null, TimeProvider.System, TestContext.Current.CancellationToken)))
            .Code.ShouldBe(SalvageCode.DirectoryUnreadable);

    [Fact]
    public async Task Nbdfuse_shows_the_volume_as_a_file()
    {
        // Needs root and /dev/fuse, which containers often lack.
        if (!Environment.IsPrivilegedProcess || !File.Exists("/dev/fuse") || !File.Exists("/usr/bin/nbdfuse"))
        {
            return;
        }

        var replica = Fragmented();
        await using var server = await StartAsync(replica, unix: true);
        var mounted = _sockets.File("volume.img");
        await File.WriteAllBytesAsync(mounted, [], TestContext.Current.CancellationToken);
        using var fuse = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("nbdfuse", ["--readonly", "-P", _sockets.File("pid"), mounted, server.Uri.OriginalString]))!;
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
            while (!File.Exists(_sockets.File("pid")) && !fuse.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
            }

            if (fuse.HasExited)
            {
                return; // Mounting is not allowed here.
            }

            (await Tool.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", mounted, server.Uri.OriginalString)).ShouldContain("identical");
        }
        finally
        {
            if (!fuse.HasExited)
            {
                await Peer.RunAsync("umount", mounted);
                await fuse.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    private async Task<SalvageException> RefusalAsync(ReplicaBuilder replica, string socket) =>
        await Should.ThrowAsync<SalvageException>(() => ReplicaServer.StartAsync(replica.Path, new ServeOptions { SocketPath = socket }, null, TimeProvider.System, TestContext.Current.CancellationToken));

    private Task<ReplicaServer> StartAsync(ReplicaBuilder replica, bool unix) => ReplicaServer.StartAsync(
        replica.Path,
        unix ? new ServeOptions { SocketPath = _sockets.File("s") } : new ServeOptions { Port = 0 },
        null,
        TimeProvider.System,
        TestContext.Current.CancellationToken);

    private ReplicaBuilder Fragmented()
    {
        var random = new Random(5);
        var layers = Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, 900).Where(_ => random.Next(4) == 0).Select(block => ((long)block, (byte)random.Next(1, 256))).ToArray()).ToArray();
        return new ReplicaBuilder(_folder, suffix: Guid.NewGuid().ToString("N")[..8]).WithLayers(layers);
    }

    /// <summary>A client that asks for 32 MiB in all and then reads nothing.</summary>
    private static async Task<Socket> StallAsync(Uri uri)
    {
        var path = Uri.UnescapeDataString(uri.Query["?socket=".Length..]);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        var message = new byte[4 + 16 + (4 * 28)];
        BinaryPrimitives.WriteUInt32BigEndian(message, NbdProtocol.FixedNewstyle | NbdProtocol.NoZeroes);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), NbdProtocol.OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), NbdProtocol.OptionExportName);
        for (var i = 0; i < 4; i++)
        {
            var request = message.AsSpan(20 + (i * 28));
            BinaryPrimitives.WriteUInt32BigEndian(request, NbdProtocol.RequestMagic);
            BinaryPrimitives.WriteUInt32BigEndian(request[24..], 8 << 20);
        }

        await socket.SendAsync(message, TestContext.Current.CancellationToken);
        return socket;
    }
}
