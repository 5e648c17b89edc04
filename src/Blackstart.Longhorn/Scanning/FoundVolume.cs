using Blackstart.Longhorn.Choosing;

namespace Blackstart.Longhorn.Scanning;

/// <summary>A volume of which replica directories were found.</summary>
/// <param name="Name">Its name, from the directories'.</param>
/// <param name="Choice">Its replicas and which is the right one.</param>
public sealed record FoundVolume(string Name, ReplicaChoice Choice);
