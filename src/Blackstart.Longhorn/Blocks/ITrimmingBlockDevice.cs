namespace Blackstart.Longhorn.Blocks;

/// <summary>A device that can be told which bytes are no longer needed.</summary>
public interface ITrimmingBlockDevice : IBlockDevice
{
    /// <summary>Gives a range back. What is read there afterwards is not defined: a device with snapshots may show older content.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The device failed.</exception>
    Task TrimAsync(long offset, long length, CancellationToken cancellationToken);
}
