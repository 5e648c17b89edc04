namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>A replica an engine is to start with.</summary>
/// <param name="Name">Name of the Replica object.</param>
/// <param name="Path">Its directory.</param>
/// <param name="MustExist">The replica held data before, so a missing directory is a loss and not a first start.</param>
internal sealed record ReplicaSource(string Name, string Path, bool MustExist);
