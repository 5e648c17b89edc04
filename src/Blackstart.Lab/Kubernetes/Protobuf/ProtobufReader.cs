using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Protobuf;

/// <summary>Reads the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/).</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The next field: its number, and its value as a number or as bytes.</summary>
    public bool Read(out int field, out ulong number, out ReadOnlySpan<byte> data)
    {
        field = 0;
        number = 0;
        data = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                number = Varint();
                break;
            case 1:
                data = Take(8);
                number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(data);
                break;
            case 2:
                data = Take((int)Math.Min(Varint(), int.MaxValue));
                break;
            case 5:
                data = Take(4);
                number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data);
                break;
            default:
                throw Refusal.BadRequest("the protobuf body is malformed");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw Refusal.BadRequest("the protobuf body is cut short");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Refusal.BadRequest("the protobuf body is malformed");
    }
}
