namespace Blackstart.Longhorn.Blocks;

/// <summary>A device that knows which of its bytes are allocated.</summary>
public interface IAllocatedBlockDevice : IBlockDevice
{
    /// <summary>Describes a range from its start as consecutive extents; may end early, but describes at least one byte.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes, more than 0.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The device failed.</exception>
    Task<IReadOnlyList<BlockExtent>> AllocationAsync(long offset, long length, CancellationToken cancellationToken);
}
