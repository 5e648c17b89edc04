using System.Security.Cryptography;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Export;

/// <summary>Reads a device back and hashes it, to compare with what was written.</summary>
public static class DeviceDigest
{
    private const int ChunkSize = 4 << 20;

    /// <summary>SHA-256 of the first bytes of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="length">Bytes to read: the volume's size.</param>
    /// <param name="progress">Told after each chunk; may be null.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="SalvageException">The device is smaller, or cannot be read.</exception>
    public static async Task<Sha256Digest> ComputeAsync(IBlockDevice device, long length, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Size < length)
        {
            throw new SalvageException(SalvageCode.TargetTooSmall, $"the device holds {device.Size} bytes, the volume {length}");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (current, next) = (new byte[ChunkSize], new byte[ChunkSize]);
        var reading = ReadAsync(device, 0, length, current, cancellationToken);
        for (var position = 0L; position < length;)
        {
            // The next chunk is under way while this one is hashed.
            var count = await reading;
            var following = position + count;
            reading = ReadAsync(device, following, length, next, cancellationToken);
            hash.AppendData(current, 0, count);
            (current, next) = (next, current);
            position = following;
            progress?.Report(new CopyProgress(position, length, position));
        }

        await reading;
        return Sha256Digest.From(hash.GetHashAndReset());
    }

    private static async Task<int> ReadAsync(IBlockDevice device, long offset, long length, byte[] buffer, CancellationToken cancellationToken)
    {
        var count = (int)Math.Min(buffer.Length, length - offset);
        try
        {
            if (count > 0)
            {
                await device.ReadAsync(offset, buffer.AsMemory(0, count), cancellationToken);
            }

            return count;
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"the device cannot be read at byte {offset}: {failure.Message}", failure);
        }
    }
}
