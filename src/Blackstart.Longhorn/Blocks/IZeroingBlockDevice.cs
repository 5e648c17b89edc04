namespace Blackstart.Longhorn.Blocks;

/// <summary>A device that can fill a range with zeros without being sent them.</summary>
public interface IZeroingBlockDevice : IBlockDevice
{
    /// <summary>Makes a range read as zeros.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="allocate">True if the storage under the range must stay allocated.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The device failed.</exception>
    Task WriteZeroesAsync(long offset, long length, bool allocate, CancellationToken cancellationToken);
}
