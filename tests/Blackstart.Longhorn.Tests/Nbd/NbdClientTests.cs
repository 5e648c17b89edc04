using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Longhorn.Tests.Nbd;

public sealed class NbdClientTests : IDisposable
{
    private const int Size = 16 * 1024 * 1024;
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ManyOverlappingRequestsComeBackRight()
    {
        await using var device = new MemoryDevice(Size);
        await using var server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device)], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        var content = RandomNumberGenerator.GetBytes(Size);
        var random = new Random(4);
        var cuts = Enumerable.Range(0, 300).Select(_ => random.Next(Size)).Append(0).Append(Size).Distinct().Order().ToArray();
        await Task.WhenAll(cuts.Zip(cuts.Skip(1), (from, to) => client.WriteAsync(from, content.AsMemory(from, to - from), TestContext.Current.CancellationToken)));
        device.Content.AsSpan().SequenceEqual(content).ShouldBeTrue();
        var read = new byte[Size];
        await Task.WhenAll(cuts.Zip(cuts.Skip(1), (from, to) => client.ReadAsync(from, read.AsMemory(from, to - from), TestContext.Current.CancellationToken)));
        read.AsSpan().SequenceEqual(content).ShouldBeTrue();
        await client.WriteZeroesAsync(4096, 8192, allocate: false, TestContext.Current.CancellationToken);
        await client.FlushAsync(TestContext.Current.CancellationToken);
        device.Content.AsSpan(4096, 8192).IndexOfAnyExcept((byte)0).ShouldBe(-1);
        device.Flushes.ShouldBe(1);
        (await client.AllocationAsync(0, 16384, TestContext.Current.CancellationToken))
            .ShouldBe([new BlockExtent(4096, false, false), new BlockExtent(8192, true, true), new BlockExtent(4096, false, false)]);
    }

    [Fact]
    public async Task ADeviceWithoutExtrasIsServedWithoutThem()
    {
        await using var device = new PlainDevice(new MemoryDevice(Size));
        await using var server = NbdServer.ListenLoopback(0, [new NbdExport("v", device)], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        client.CanWriteZeroes.ShouldBeFalse();
        client.CanTellAllocation.ShouldBeFalse();
        await client.WriteAsync(0, new byte[] { 1, 2, 3, 4 }, TestContext.Current.CancellationToken);
        await client.WriteZeroesAsync(1, 2, allocate: false, TestContext.Current.CancellationToken);
        await client.TrimAsync(0, 4, TestContext.Current.CancellationToken);
        var read = new byte[4];
        await client.ReadAsync(0, read, TestContext.Current.CancellationToken);
        read.ShouldBe(new byte[] { 1, 0, 0, 4 });
        (await client.AllocationAsync(0, 10, TestContext.Current.CancellationToken)).ShouldBe([new BlockExtent(10, false, false)]);
    }

    [Fact]
    public async Task TheServersErrorsAreTheOperatingSystemsWords()
    {
        await using var device = new MemoryDevice(Size);
        await using var server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device)], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        device.Failure = BlockError.Exception(BlockError.NoSpace, "writing");
        var full = await Should.ThrowAsync<IOException>(() => client.WriteAsync(0, new byte[512], TestContext.Current.CancellationToken));
        full.Message.ShouldContain("No space left on device");
        full.HResult.ShouldBe(BlockError.NoSpace);
        device.Failure = new InvalidOperationException("something else");
        (await Should.ThrowAsync<IOException>(() => client.ReadAsync(0, new byte[512], TestContext.Current.CancellationToken))).Message.ShouldContain("Input/output error");
        device.Failure = null;
        await client.ReadAsync(0, new byte[512], TestContext.Current.CancellationToken);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => client.ReadAsync(Size - 1, new byte[2], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AReadOnlyExportSaysSo()
    {
        await using var device = new MemoryDevice(Size);
        await using var server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device) { ReadOnly = true }], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        client.ReadOnly.ShouldBeTrue();
        (await Should.ThrowAsync<IOException>(() => client.WriteAsync(0, new byte[1], TestContext.Current.CancellationToken))).Message.ShouldContain("Operation not permitted");
    }

    [Fact]
    public async Task AnAbandonedReadLeavesTheConnectionUsable()
    {
        await using var device = new MemoryDevice(Size);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        device.BeforeRead = () => open.Task;
        await using var server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device)], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        using var giveUp = new CancellationTokenSource();
        var abandoned = client.ReadAsync(0, new byte[4096], giveUp.Token);
        await giveUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => abandoned);
        open.SetResult();
        await client.ReadAsync(0, new byte[4096], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WhatIsUnderWayFailsWhenTheServerStops()
    {
        await using var device = new MemoryDevice(Size);
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        device.BeforeRead = () => never.Task;
        var server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device)], TimeProvider.System);
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        var hanging = client.ReadAsync(0, new byte[4096], TestContext.Current.CancellationToken);
        var stopping = server.DisposeAsync();
        never.SetResult();
        await stopping;
        (await Should.ThrowAsync<IOException>(() => hanging)).Message.ShouldContain("is gone");
        await Should.ThrowAsync<IOException>(() => client.WriteAsync(0, new byte[1], TestContext.Current.CancellationToken));
        File.Exists(_folder.File("s")).ShouldBeFalse();
        await Should.ThrowAsync<IOException>(() => NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ASocketOfADeadServerIsReplacedAndOneOfALivingServerIsNot()
    {
        await using var device = new MemoryDevice(4096);
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(_folder.File("live")));
            File.Move(_folder.File("live"), _folder.File("s"));
        }

        File.Exists(_folder.File("s")).ShouldBeTrue();
        await using var server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device)], TimeProvider.System);
        Should.Throw<IOException>(() => NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", device)], TimeProvider.System)).Message.ShouldContain("Another server");
        await using var client = await NbdClient.ConnectAsync(server.Uri, TestContext.Current.CancellationToken);
        Should.Throw<IOException>(() => NbdServer.ListenUnix("/tmp/" + new string('x', 120), [new NbdExport("v", device)], TimeProvider.System)).Message.ShouldContain("longer than");
    }

    [Theory]
    [InlineData("http://127.0.0.1/v")]
    [InlineData("nbd:///v")]
    [InlineData("nbd+unix:///v")]
    [InlineData("nbd+unix:///v?socket=")]
    public Task AUriOfAnotherKindIsRefused(string uri) =>
        Should.ThrowAsync<FormatException>(() => NbdClient.ConnectAsync(new Uri(uri), TestContext.Current.CancellationToken));

    [Fact]
    public async Task AServerThatIsNoneIsToldApart()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.File("s")));
        listener.Listen();
        var uri = new Uri($"nbd+unix:///v?socket={_folder.File("s")}");
        var connecting = NbdClient.ConnectAsync(uri, TestContext.Current.CancellationToken);
        using (var peer = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            await peer.SendAsync("HTTP/1.1 400 Bad Request\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            (await Should.ThrowAsync<IOException>(() => connecting)).Message.ShouldContain("no newstyle NBD server");
        }

        connecting = NbdClient.ConnectAsync(uri, TestContext.Current.CancellationToken);
        using (var peer = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            var greeting = new byte[18 + 20];
            BinaryPrimitives.WriteUInt64BigEndian(greeting, NbdProtocol.InitialMagic);
            BinaryPrimitives.WriteUInt64BigEndian(greeting.AsSpan(8), NbdProtocol.OptionMagic);
            BinaryPrimitives.WriteUInt16BigEndian(greeting.AsSpan(16), 3);
            BinaryPrimitives.WriteUInt64BigEndian(greeting.AsSpan(18), NbdProtocol.OptionReplyMagic);
            BinaryPrimitives.WriteUInt32BigEndian(greeting.AsSpan(26), NbdProtocol.OptionStructuredReply);
            BinaryPrimitives.WriteUInt32BigEndian(greeting.AsSpan(34), uint.MaxValue);
            await peer.SendAsync(greeting, TestContext.Current.CancellationToken);
            await Should.ThrowAsync<IOException>(() => connecting);
        }
    }
}
