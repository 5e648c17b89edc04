using System.Buffers.Binary;
using System.Text;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>The fixed parts of replies, as on the wire.</summary>
internal static class NbdReply
{
    public static void WriteSimple(Span<byte> reply, ulong cookie, int error)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, NbdProtocol.SimpleReplyMagic);
        BinaryPrimitives.WriteInt32BigEndian(reply[4..], error);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], cookie);
    }

    public static void WriteChunk(Span<byte> reply, ulong cookie, ushort flags, ushort type, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, NbdProtocol.StructuredReplyMagic);
        BinaryPrimitives.WriteUInt16BigEndian(reply[4..], flags);
        BinaryPrimitives.WriteUInt16BigEndian(reply[6..], type);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], cookie);
        BinaryPrimitives.WriteInt32BigEndian(reply[16..], length);
    }

    /// <summary>An error in the operating system's words, or success (0), which has none.</summary>
    public static byte[] OfError(ulong cookie, int error, bool structured)
    {
        if (!structured || error == 0)
        {
            var simple = new byte[NbdProtocol.SimpleReplyLength];
            WriteSimple(simple, cookie, error);
            return simple;
        }

        var message = Encoding.UTF8.GetBytes(BlockError.Describe(error));
        var reply = new byte[NbdProtocol.StructuredReplyLength + 6 + message.Length];
        WriteChunk(reply, cookie, NbdProtocol.ChunkDone, NbdProtocol.ChunkError, 6 + message.Length);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength), error);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(NbdProtocol.StructuredReplyLength + 4), (ushort)message.Length);
        message.CopyTo(reply, NbdProtocol.StructuredReplyLength + 6);
        return reply;
    }
}
