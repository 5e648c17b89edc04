using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Vault.Storage;

/// <summary>Reads a range of a device front to back in large pieces.</summary>
internal sealed class DeviceWindow(IBlockDevice device, long start, long length)
{
    private const int PieceLength = 256 * 1024;

    private byte[] _piece = [];
    private long _pieceStart;

    /// <summary>The bytes at an offset inside the range; fewer at its end. Valid until the next call.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
    {
        count = (int)Math.Min(count, length - offset);
        if (count <= 0)
        {
            return default;
        }

        if (offset < _pieceStart || offset + count > _pieceStart + _piece.Length)
        {
            _piece = new byte[(int)Math.Min(Math.Max(PieceLength, count), length - offset)];
            _pieceStart = offset;
            await device.ReadAsync(start + offset, _piece, cancellationToken);
        }

        return _piece.AsMemory((int)(offset - _pieceStart), count);
    }
}
