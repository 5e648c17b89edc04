namespace Blackstart.Longhorn.Blocks;

/// <summary>A device that can be told what is read soon.</summary>
public interface IReadAheadBlockDevice : IBlockDevice
{
    /// <summary>The range is read soon. Does not wait for the disk, and never fails: reading tells.</summary>
    /// <param name="offset">First byte, within the device.</param>
    /// <param name="length">Bytes, within the device.</param>
    void Announce(long offset, long length);
}
