namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What is to be written into which device.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Node">The node that has both the replica and the device.</param>
/// <param name="Directory">The replica directory there.</param>
/// <param name="Endpoint">The device there, as the engine says it.</param>
/// <param name="Attempt">Names this attempt.</param>
/// <param name="Overwrite">Today's date when what the device holds may be written over; null when it must be fresh and empty.</param>
internal sealed record DeviceExport(string Volume, string Node, string Directory, string Endpoint, string Attempt, string? Overwrite);
