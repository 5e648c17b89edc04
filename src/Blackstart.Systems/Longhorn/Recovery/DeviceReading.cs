namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What is to be read back from which device.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Node">The node that has the device.</param>
/// <param name="Endpoint">The device there, as the engine says it.</param>
/// <param name="Bytes">How much was written. The device of an encrypted volume is larger since Longhorn 1.12.</param>
internal sealed record DeviceReading(string Volume, string Node, string Endpoint, long Bytes);
