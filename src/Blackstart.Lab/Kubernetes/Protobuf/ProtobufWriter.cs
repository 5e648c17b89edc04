using System.Buffers;
using System.Text;

namespace Blackstart.Lab.Kubernetes.Protobuf;

/// <summary>Writes messages of strings and messages.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public static byte[] Of(Action<ProtobufWriter> write)
    {
        var writer = new ProtobufWriter();
        write(writer);
        return writer._bytes.WrittenSpan.ToArray();
    }

    public ProtobufWriter Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public ProtobufWriter Message(int field, Action<ProtobufWriter> write) => Bytes(field, Of(write));

    public ProtobufWriter Bytes(int field, byte[] value)
    {
        Varint((uint)((field << 3) | 2));
        Varint((uint)value.Length);
        _bytes.Write(value);
        return this;
    }

    private void Varint(uint value)
    {
        while (value >= 0x80)
        {
            _bytes.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }

        _bytes.Write([(byte)value]);
    }
}
