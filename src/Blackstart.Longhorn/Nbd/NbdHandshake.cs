using System.Buffers.Binary;
using System.Text;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>The client's side of fixed newstyle negotiation.</summary>
internal sealed class NbdHandshake(Stream stream, NbdReader reader, string export)
{
    /// <summary>Longest option reply a server may send here: a name and an error text.</summary>
    private const int MaximumReply = 64 * 1024;

    public long Size { get; private set; }

    public ushort Flags { get; private set; }

    public bool Structured { get; private set; }

    public uint? AllocationContext { get; private set; }

    /// <summary>Longest request the server takes, in bytes.</summary>
    public int MaximumPayload { get; private set; } = NbdProtocol.MaximumPayload;

    /// <summary>Talks until the server has given the export.</summary>
    /// <exception cref="IOException">The server refused, or is no NBD server this client understands.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var greeting = new byte[18];
        await reader.ReadAsync(greeting, cancellationToken).ConfigureAwait(false);
        if (BinaryPrimitives.ReadUInt64BigEndian(greeting) != NbdProtocol.InitialMagic
            || BinaryPrimitives.ReadUInt64BigEndian(greeting.AsSpan(8)) != NbdProtocol.OptionMagic)
        {
            throw new IOException("What answers is no newstyle NBD server.");
        }

        var offered = BinaryPrimitives.ReadUInt16BigEndian(greeting.AsSpan(16));
        if ((offered & NbdProtocol.FixedNewstyle) == 0)
        {
            throw new IOException("The NBD server does not speak fixed newstyle.");
        }

        var flags = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(flags, (uint)(offered & (NbdProtocol.FixedNewstyle | NbdProtocol.NoZeroes)));
        await stream.WriteAsync(flags, cancellationToken).ConfigureAwait(false);

        await SendAsync(NbdProtocol.OptionStructuredReply, [], cancellationToken).ConfigureAwait(false);
        var (answer, _) = await ReceiveAsync(NbdProtocol.OptionStructuredReply, cancellationToken).ConfigureAwait(false);
        Structured = answer == NbdProtocol.ReplyAck;
        if (Structured)
        {
            await ChooseAllocationAsync(cancellationToken).ConfigureAwait(false);
        }

        await GoAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ChooseAllocationAsync(CancellationToken cancellationToken)
    {
        var name = Encoding.UTF8.GetBytes(export);
        var context = Encoding.ASCII.GetBytes(NbdProtocol.BaseAllocation);
        var data = new byte[4 + name.Length + 4 + 4 + context.Length];
        BinaryPrimitives.WriteInt32BigEndian(data, name.Length);
        name.CopyTo(data, 4);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4 + name.Length), 1);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(8 + name.Length), context.Length);
        context.CopyTo(data, 12 + name.Length);
        await SendAsync(NbdProtocol.OptionSetMetaContext, data, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var (type, reply) = await ReceiveAsync(NbdProtocol.OptionSetMetaContext, cancellationToken).ConfigureAwait(false);
            if (type != NbdProtocol.ReplyMetaContext)
            {
                // An acknowledgement, or a server without contexts; a wrong name is told by the next option.
                return;
            }

            if (reply.Length >= 4)
            {
                AllocationContext = BinaryPrimitives.ReadUInt32BigEndian(reply);
            }
        }
    }

    private async Task GoAsync(CancellationToken cancellationToken)
    {
        var name = Encoding.UTF8.GetBytes(export);
        var data = new byte[4 + name.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(data, name.Length);
        name.CopyTo(data, 4);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(4 + name.Length), 1);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(6 + name.Length), NbdProtocol.InfoBlockSize);
        await SendAsync(NbdProtocol.OptionGo, data, cancellationToken).ConfigureAwait(false);
        var told = false;
        while (true)
        {
            var (type, reply) = await ReceiveAsync(NbdProtocol.OptionGo, cancellationToken).ConfigureAwait(false);
            switch (type)
            {
                case NbdProtocol.ReplyAck when told && Size >= 0:
                    return;
                case NbdProtocol.ReplyInfo when reply.Length >= 12 && BinaryPrimitives.ReadUInt16BigEndian(reply) == NbdProtocol.InfoExport:
                    Size = BinaryPrimitives.ReadInt64BigEndian(reply.AsSpan(2));
                    Flags = BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(10));
                    told = true;
                    break;
                case NbdProtocol.ReplyInfo when reply.Length >= 14 && BinaryPrimitives.ReadUInt16BigEndian(reply) == NbdProtocol.InfoBlockSize:
                    MaximumPayload = (int)Math.Clamp(BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(10)), 4096, (uint)NbdProtocol.MaximumPayload);
                    break;
                case NbdProtocol.ReplyInfo:
                    break;
                case NbdProtocol.ReplyUnknown:
                    throw new IOException($"The NBD server has no export '{export}'.");
                default:
                    var words = (type & NbdProtocol.ReplyErrorBit) != 0 ? Encoding.UTF8.GetString(reply) : string.Empty;
                    throw new IOException($"The NBD server refused export '{export}' (reply 0x{type:x8}) {words}".TrimEnd());
            }
        }
    }

    private async Task SendAsync(uint option, byte[] data, CancellationToken cancellationToken)
    {
        var message = new byte[16 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(message, NbdProtocol.OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), option);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(12), data.Length);
        data.CopyTo(message, 16);
        await stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(uint Type, byte[] Data)> ReceiveAsync(uint option, CancellationToken cancellationToken)
    {
        var header = new byte[20];
        await reader.ReadAsync(header, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16));
        if (BinaryPrimitives.ReadUInt64BigEndian(header) != NbdProtocol.OptionReplyMagic
            || BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8)) != option || length > MaximumReply)
        {
            throw BlockError.Exception(BlockError.InputOutput, "Negotiating with the NBD server: its reply makes no sense");
        }

        var data = new byte[length];
        await reader.ReadAsync(data, cancellationToken).ConfigureAwait(false);
        return (BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12)), data);
    }
}
