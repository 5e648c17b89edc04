using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Protobuf;

/// <summary>Objects in Kubernetes' protobuf envelope: four magic bytes and a runtime.Unknown message.</summary>
internal static class ProtobufObjects
{
    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    public static bool IsProtobuf(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Decodes a body.</summary>
    /// <exception cref="ApiException">It is malformed, or of a kind whose messages are not known here.</exception>
    public static JsonObject Decode(ReadOnlySpan<byte> bytes)
    {
        if (!IsProtobuf(bytes))
        {
            throw Refusal.BadRequest("the protobuf body does not begin with its magic bytes");
        }

        var apiVersion = string.Empty;
        var kind = string.Empty;
        var envelope = new ProtobufReader(bytes[Magic.Length..]);
        ReadOnlySpan<byte> raw = default;
        while (envelope.Read(out var field, out _, out var data))
        {
            if (field == 1)
            {
                var type = new ProtobufReader(data);
                while (type.Read(out var part, out _, out var text))
                {
                    if (part == 1)
                    {
                        apiVersion = Encoding.UTF8.GetString(text);
                    }
                    else if (part == 2)
                    {
                        kind = Encoding.UTF8.GetString(text);
                    }
                }
            }
            else if (field == 2)
            {
                raw = data;
            }
        }

        if (!ProtobufMessages.All.ContainsKey(kind))
        {
            throw Refusal.UnsupportedMediaType(["application/json", "application/yaml"]);
        }

        var value = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
        Message(raw, kind, value);
        return value;
    }

    private static void Message(ReadOnlySpan<byte> bytes, string message, JsonObject target)
    {
        var fields = ProtobufMessages.All[message];
        var reader = new ProtobufReader(bytes);
        while (reader.Read(out var number, out var value, out var data))
        {
            if (fields.TryGetValue(number, out var field))
            {
                Read(field, value, data, target);
            }
        }
    }

    private static void Read(ProtobufField field, ulong number, ReadOnlySpan<byte> data, JsonObject target)
    {
        switch (field.Type)
        {
            // The generated encoders write empty strings and zeros that nobody set.
            case "string":
                if (!data.IsEmpty)
                {
                    target[field.Name] = Encoding.UTF8.GetString(data);
                }

                break;
            case "int":
                if (number != 0 || field.Name == "replicas")
                {
                    target[field.Name] = (long)number;
                }

                break;
            case "bool":
                if (number != 0 || field.Name == "automountServiceAccountToken")
                {
                    target[field.Name] = number != 0;
                }

                break;
            case "time":
                break;
            case "intorstring":
                IntOrString(field.Name, data, target);
                break;
            case "strings":
                List(target, field.Name).Add((JsonNode)Encoding.UTF8.GetString(data));
                break;
            case "map" or "bytesmap":
                Entry(data, field.Type == "bytesmap", target.Ensure(field.Name));
                break;
            default:
                if (field.Type.StartsWith("[]", StringComparison.Ordinal))
                {
                    var item = new JsonObject();
                    Message(data, field.Type[2..], item);
                    List(target, field.Name).Add((JsonNode)item);
                }
                else
                {
                    var inner = new JsonObject();
                    Message(data, field.Type, inner);
                    if (inner.Count > 0)
                    {
                        target[field.Name] = inner;
                    }
                }

                break;
        }
    }

    private static void Entry(ReadOnlySpan<byte> data, bool binary, JsonObject target)
    {
        var key = string.Empty;
        ReadOnlySpan<byte> value = default;
        var entry = new ProtobufReader(data);
        while (entry.Read(out var part, out _, out var bytes))
        {
            if (part == 1)
            {
                key = Encoding.UTF8.GetString(bytes);
            }
            else
            {
                value = bytes;
            }
        }

        target[key] = binary ? Convert.ToBase64String(value) : Encoding.UTF8.GetString(value);
    }

    private static void IntOrString(string name, ReadOnlySpan<byte> data, JsonObject target)
    {
        ulong type = 0;
        ulong whole = 0;
        var text = string.Empty;
        var reader = new ProtobufReader(data);
        while (reader.Read(out var part, out var number, out var bytes))
        {
            switch (part)
            {
                case 1:
                    type = number;
                    break;
                case 2:
                    whole = number;
                    break;
                case 3:
                    text = Encoding.UTF8.GetString(bytes);
                    break;
            }
        }

        target[name] = type == 0 ? (long)whole : text;
    }

    private static JsonArray List(JsonObject target, string name)
    {
        if (target[name] is not JsonArray list)
        {
            target[name] = list = [];
        }

        return list;
    }
}
