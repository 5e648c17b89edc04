namespace Blackstart.Longhorn.Replicas;

/// <summary>What <c>IMAGE.meta</c> says of a layer (engine: <c>pkg/replica/replica.go</c>, type disk).</summary>
/// <param name="Parent">File name of the next lower layer; empty for the lowest.</param>
/// <param name="Removed">To be coalesced later; the layer still holds live data.</param>
/// <param name="UserCreated">A person took the snapshot; otherwise the system did, for a rebuild or an expansion.</param>
/// <param name="Created">RFC 3339 as the engine wrote it; may be empty.</param>
public sealed record LayerMetadata(string Parent, bool Removed, bool UserCreated, string Created);
