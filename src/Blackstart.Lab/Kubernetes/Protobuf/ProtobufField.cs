namespace Blackstart.Lab.Kubernetes.Protobuf;

/// <summary>A field of a message.</summary>
/// <param name="Name">Its JSON name.</param>
/// <param name="Type">string, bytes, int, bool, time, strings, map, bytesmap, a message's name, or <c>[]</c> and a message's name.</param>
internal sealed record ProtobufField(string Name, string Type);
