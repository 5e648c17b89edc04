namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>The content of <c>&lt;image&gt;.meta</c>, in its spelling and order (longhorn-engine, pkg/replica/replica.go, type disk).</summary>
/// <param name="Name">The layer's name when it was made: a snapshot keeps the name of the head it was.</param>
/// <param name="Parent">File name of the next lower layer; empty for the base.</param>
/// <param name="Removed">To be merged away later; still in the chain.</param>
/// <param name="UserCreated">False for a snapshot the system made.</param>
/// <param name="Created">RFC 3339.</param>
/// <param name="Labels">Null if none.</param>
internal sealed record LayerMeta(
    string Name,
    string Parent,
    bool Removed,
    bool UserCreated,
    string Created,
    Dictionary<string, string>? Labels);
