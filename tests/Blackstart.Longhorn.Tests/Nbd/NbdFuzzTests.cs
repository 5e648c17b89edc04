using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Blackstart.Longhorn.Nbd;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Longhorn.Tests.Nbd;

/// <summary>Whatever bytes a client sends, wherever it stops: the server goes on, and what it serves read-only is never written.</summary>
public sealed class NbdFuzzTests : IAsyncDisposable
{
    private const int Size = 1 << 20;
    private readonly ScratchFolder _folder = new();
    private readonly MemoryDevice _device = new(Size);
    private readonly NbdServer _server;

    public NbdFuzzTests() => _server = NbdServer.ListenUnix(_folder.File("s"), [new NbdExport("v", _device) { ReadOnly = true }], TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _device.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void No_bytes_of_a_client_bring_the_server_down()
    {
        // Mostly well-formed messages with extreme numbers in them: plain noise ends at the first magic number.
        var edge = Gen.Elements<uint>(0, 1, 2, 3, 7, 255, 4095, 4096, Size - 1, Size, Size + 1, 32 << 20, int.MaxValue, 1u << 31, uint.MaxValue);
        var noise = Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(40);
        var option = from kind in Gen.Choose(0, 12)
                     from claimed in Gen.Frequency((4, Gen.Constant(uint.MaxValue - 1)), (1, edge))
                     from data in Gen.OneOf(noise, Gen.Elements(Named("v", 0), Named("v", 1), Named("", 2), Queries("v", "base:allocation"), Queries("v", "base:"), []))
                     select NbdHostileClientTests.Option((uint)kind, data, claimed == uint.MaxValue - 1 ? (uint)data.Length : claimed);
        var request = from flags in Gen.Elements<ushort>(0, 1, 2, 4, 8, 15, 16, ushort.MaxValue)
                      from command in Gen.Choose(0, 9)
                      from high in Gen.Frequency((5, Gen.Constant(0u)), (1, edge))
                      from low in edge
                      from length in edge
                      select Request(flags, (ushort)command, ((ulong)high << 32) | low, length);
        var session = from flags in Gen.Frequency((6, Gen.Constant(3u)), (1, edge))
                      from options in option.ListOf().Select(list => list.Take(6))
                      from go in Gen.Elements(NbdHostileClientTests.Option(NbdProtocol.OptionExportName, Encoding.UTF8.GetBytes("v")), NbdHostileClientTests.Option(NbdProtocol.OptionGo, Named("v", 0)), [])
                      from requests in request.ListOf().Select(list => list.Take(8))
                      from tail in noise
                      from cut in Gen.Choose(0, 400)
                      select Cut([.. Big(flags), .. options.SelectMany(o => o), .. go, .. requests.SelectMany(r => r), .. tail], cut);

        Prop.ForAll(Arb.From(session), bytes =>
        {
            Talk(bytes);
            _device.Content.AsSpan().IndexOfAnyExcept((byte)0).ShouldBe(-1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        Serves().ShouldBeTrue();
    }

    private void Talk(byte[] bytes)
    {
        using var socket = Connect();
        try
        {
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[64 * 1024];
            while (socket.Receive(answer) > 0)
            {
            }
        }
        catch (SocketException failure)
        {
            // It hung up on what was still to come; but it must not leave its client waiting.
            failure.SocketErrorCode.ShouldNotBe(SocketError.TimedOut);
            failure.SocketErrorCode.ShouldNotBe(SocketError.WouldBlock);
        }
    }

    private bool Serves()
    {
        using var socket = Connect();
        socket.Send([.. Big(3), .. NbdHostileClientTests.Option(NbdProtocol.OptionExportName, Encoding.UTF8.GetBytes("v")), .. Request(0, NbdProtocol.CommandRead, 0, 512), .. Request(0, NbdProtocol.CommandDisconnect, 0, 0)]);
        var (total, answer) = (0, new byte[4096]);
        for (int read; (read = socket.Receive(answer)) > 0;)
        {
            total += read;
        }

        return total == 18 + 10 + 16 + 512;
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 20_000, SendTimeout = 20_000 };
        socket.Connect(new UnixDomainSocketEndPoint(_folder.File("s")));
        return socket;
    }

    private static byte[] Cut(byte[] bytes, int cut) => cut < bytes.Length && cut < 100 ? bytes[..^cut] : bytes;

    private static byte[] Big(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Named(string name, ushort requests) => [.. Big((uint)name.Length), .. Encoding.UTF8.GetBytes(name), 0, (byte)requests, .. new byte[2 * requests]];

    private static byte[] Queries(string name, string query) => [.. Big((uint)name.Length), .. Encoding.UTF8.GetBytes(name), .. Big(1), .. Big((uint)query.Length), .. Encoding.UTF8.GetBytes(query)];

    private static byte[] Request(ushort flags, ushort command, ulong offset, uint length)
    {
        var message = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(message, NbdProtocol.RequestMagic);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), command);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(24), length);
        return message;
    }
}
