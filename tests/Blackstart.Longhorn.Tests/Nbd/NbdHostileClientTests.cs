using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Longhorn.Tests.Nbd;

/// <summary>Clients that lie, stop in the middle, or speak something else: they lose their connection, and the server goes on.</summary>
public sealed class NbdHostileClientTests : IAsyncDisposable
{
    private const int Size = 1024 * 1024;
    private readonly ScratchFolder _folder = new();
    private readonly MemoryDevice _device = new(Size);
    private readonly NbdServer _server;

    public NbdHostileClientTests() =>
        _server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", _device)], TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await using (var client = await NbdClient.ConnectAsync(_server.Uri, TestContext.Current.CancellationToken))
        {
            await client.ReadAsync(0, new byte[512], TestContext.Current.CancellationToken);
        }

        await _server.DisposeAsync();
        await _device.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task UnknownHandshakeFlagsEndTheConnection()
    {
        using var raw = await ConnectAsync(clientFlags: 0xff);
        await ShouldBeClosedAsync(raw);
    }

    [Fact]
    public async Task AnOptionWithoutMagicEndsTheConnection()
    {
        using var raw = await ConnectAsync();
        await raw.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await ShouldBeClosedAsync(raw);
    }

    [Fact]
    public async Task AnEndlessOptionEndsTheConnection()
    {
        using var raw = await ConnectAsync();
        await raw.SendAsync(Option(NbdProtocol.OptionGo, [], length: uint.MaxValue), TestContext.Current.CancellationToken);
        await ShouldBeClosedAsync(raw);
    }

    [Fact]
    public async Task ALongOptionIsRefusedAndTheNextOneHeard()
    {
        using var raw = await ConnectAsync();
        await raw.SendAsync(Option(NbdProtocol.OptionGo, new byte[100_000]), TestContext.Current.CancellationToken);
        (await OptionReplyAsync(raw)).ShouldBe(NbdProtocol.ReplyTooBig);
        await raw.SendAsync(Option(99, [1, 2, 3]), TestContext.Current.CancellationToken);
        (await OptionReplyAsync(raw)).ShouldBe(NbdProtocol.ReplyUnsupported);
        await raw.SendAsync(Option(NbdProtocol.OptionAbort, []), TestContext.Current.CancellationToken);
        (await OptionReplyAsync(raw)).ShouldBe(NbdProtocol.ReplyAck);
        await ShouldBeClosedAsync(raw);
    }

    [Theory]
    [InlineData(NbdProtocol.OptionGo, new byte[] { })]
    [InlineData(NbdProtocol.OptionGo, new byte[] { 0xff, 0xff, 0xff, 0xff, 0, 0 })]
    [InlineData(NbdProtocol.OptionGo, new byte[] { 0, 0, 0, 0, 0, 9 })]
    [InlineData(NbdProtocol.OptionGo, new byte[] { 0, 0, 0, 0, 0, 0, 7 })]
    [InlineData(NbdProtocol.OptionList, new byte[] { 1 })]
    [InlineData(NbdProtocol.OptionStructuredReply, new byte[] { 1 })]
    [InlineData(NbdProtocol.OptionSetMetaContext, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    public async Task MalformedOptionsAreInvalid(uint option, byte[] data)
    {
        using var raw = await ConnectAsync();
        await raw.SendAsync(Option(option, data), TestContext.Current.CancellationToken);
        (await OptionReplyAsync(raw)).ShouldBe(NbdProtocol.ReplyInvalid);
    }

    [Fact]
    public async Task MetaContextQueriesAreCounted()
    {
        using var raw = await ConnectAsync();
        await raw.SendAsync(Option(NbdProtocol.OptionStructuredReply, []), TestContext.Current.CancellationToken);
        (await OptionReplyAsync(raw)).ShouldBe(NbdProtocol.ReplyAck);
        await raw.SendAsync(Option(NbdProtocol.OptionSetMetaContext, [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), TestContext.Current.CancellationToken);
        (await OptionReplyAsync(raw)).ShouldBe(NbdProtocol.ReplyInvalid);
    }

    [Fact]
    public async Task OldNegotiationGetsItsExportOrNothing()
    {
        using (var raw = await ConnectAsync())
        {
            await raw.SendAsync(Option(NbdProtocol.OptionExportName, Encoding.UTF8.GetBytes("v")), TestContext.Current.CancellationToken);
            var reply = await ReadAsync(raw, 10);
            BinaryPrimitives.ReadInt64BigEndian(reply).ShouldBe(Size);
            await raw.SendAsync(Request(NbdProtocol.CommandRead, 7, 0, 512), TestContext.Current.CancellationToken);
            var data = await ReadAsync(raw, 16 + 512);
            BinaryPrimitives.ReadUInt32BigEndian(data).ShouldBe(NbdProtocol.SimpleReplyMagic);
            BinaryPrimitives.ReadUInt64BigEndian(data.AsSpan(8)).ShouldBe(7ul);
        }

        using var unknown = await ConnectAsync();
        await unknown.SendAsync(Option(NbdProtocol.OptionExportName, Encoding.UTF8.GetBytes("other")), TestContext.Current.CancellationToken);
        await ShouldBeClosedAsync(unknown);
    }

    [Theory]
    [InlineData(NbdProtocol.CommandRead, Size - 511, 512u, BlockError.Invalid)]
    [InlineData(NbdProtocol.CommandRead, -1L, 512u, BlockError.Invalid)]
    [InlineData(NbdProtocol.CommandTrim, -4096L, 8192u, BlockError.Invalid)]
    [InlineData(NbdProtocol.CommandWriteZeroes, Size, 1u, BlockError.NoSpace)]
    [InlineData(NbdProtocol.CommandBlockStatus, 0L, 4096u, BlockError.Invalid)]
    [InlineData((ushort)77, 0L, 0u, BlockError.Invalid)]
    public async Task RequestsOutsideTheDeviceAreRefused(ushort command, long offset, uint length, int error)
    {
        using var raw = await ExportAsync();
        await raw.SendAsync(Request(command, 1, offset, length), TestContext.Current.CancellationToken);
        BinaryPrimitives.ReadInt32BigEndian((await ReadAsync(raw, 16)).AsSpan(4)).ShouldBe(error);
    }

    [Fact]
    public async Task AWritePastTheEndIsDrainedAndRefused()
    {
        using var raw = await ExportAsync();
        await raw.SendAsync(Request(NbdProtocol.CommandWrite, 1, Size - 1, 512), TestContext.Current.CancellationToken);
        await raw.SendAsync(new byte[512], TestContext.Current.CancellationToken);
        BinaryPrimitives.ReadInt32BigEndian((await ReadAsync(raw, 16)).AsSpan(4)).ShouldBe(BlockError.NoSpace);
        await raw.SendAsync(Request(NbdProtocol.CommandFlush, 2, 0, 0), TestContext.Current.CancellationToken);
        BinaryPrimitives.ReadInt32BigEndian((await ReadAsync(raw, 16)).AsSpan(4)).ShouldBe(0);
    }

    [Fact]
    public async Task AWriteOfEndlessLengthEndsTheConnection()
    {
        using var raw = await ExportAsync();
        await raw.SendAsync(Request(NbdProtocol.CommandWrite, 1, 0, uint.MaxValue), TestContext.Current.CancellationToken);
        await ShouldBeClosedAsync(raw);
    }

    [Fact]
    public async Task ARequestWithoutMagicEndsTheConnection()
    {
        using var raw = await ExportAsync();
        await raw.SendAsync(new byte[28], TestContext.Current.CancellationToken);
        await ShouldBeClosedAsync(raw);
    }

    [Fact]
    public async Task AClientThatStopsInTheMiddleOfAWriteWritesNothing()
    {
        using (var raw = await ExportAsync())
        {
            await raw.SendAsync(Request(NbdProtocol.CommandWrite, 1, 0, 4096), TestContext.Current.CancellationToken);
            await raw.SendAsync(Enumerable.Repeat((byte)1, 100).ToArray(), TestContext.Current.CancellationToken);
        }

        _device.Content.AsSpan().IndexOfAnyExcept((byte)0).ShouldBe(-1);
    }

    private async Task<Socket> ConnectAsync(uint clientFlags = 3)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder.File("s")), TestContext.Current.CancellationToken);
        await ReadAsync(socket, 18);
        var flags = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(flags, clientFlags);
        await socket.SendAsync(flags, TestContext.Current.CancellationToken);
        return socket;
    }

    private async Task<Socket> ExportAsync()
    {
        var raw = await ConnectAsync();
        await raw.SendAsync(Option(NbdProtocol.OptionExportName, Encoding.UTF8.GetBytes("v")), TestContext.Current.CancellationToken);
        await ReadAsync(raw, 10);
        return raw;
    }

    /// <summary>An option as a client sends it; the length may lie.</summary>
    internal static byte[] Option(uint option, byte[] data, uint? length = null)
    {
        var message = new byte[16 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(message, NbdProtocol.OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), option);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), length ?? (uint)data.Length);
        data.CopyTo(message, 16);
        return message;
    }

    private static byte[] Request(ushort command, ulong cookie, long offset, uint length)
    {
        var message = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(message, NbdProtocol.RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), command);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(8), cookie);
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(24), length);
        return message;
    }

    private static async Task<uint> OptionReplyAsync(Socket socket)
    {
        var header = await ReadAsync(socket, 20);
        await ReadAsync(socket, BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16)));
        return BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        var data = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var read = await socket.ReceiveAsync(data.AsMemory(filled), TestContext.Current.CancellationToken);
            read.ShouldBePositive("the server closed the connection");
            filled += read;
        }

        return data;
    }

    private static async Task ShouldBeClosedAsync(Socket socket)
    {
        try
        {
            (await socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken)).ShouldBe(0);
        }
        catch (SocketException)
        {
            // Reset, because something it sent was never read.
        }
    }
}
