using System.Security.Cryptography;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Export;

namespace Blackstart.Longhorn.Devices;

/// <summary>Reads a device from end to end, hashing it, and leaves a sparse copy behind where one is wanted.</summary>
public static class DeviceReadBack
{
    private const int ChunkSize = 4 << 20;

    /// <summary>Reads the first bytes of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="length">Bytes to read: the volume's size.</param>
    /// <param name="hash">Whether SHA-256 is wanted of it.</param>
    /// <param name="copy">Receives what is read; null for none. It gives up by itself where there is no room.</param>
    /// <param name="progress">Told after each chunk; may be null.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <returns>The digest of every byte, zeros included; null if not asked for.</returns>
    /// <exception cref="SalvageException">The device is smaller, or cannot be read, or the copy cannot be written.</exception>
    public static async Task<Sha256Digest?> RunAsync(IBlockDevice device, long length, bool hash, SparseCopy? copy, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Size < length)
        {
            throw new SalvageException(SalvageCode.TargetTooSmall, $"the device holds {device.Size} bytes, the volume {length}");
        }

        using var digest = hash ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var data = 0L;
        var (current, next) = (new byte[ChunkSize], new byte[ChunkSize]);
        var chunks = ChunksAsync(device, length, isWhole: hash, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (chunks)
        {
            var reading = ReadAsync(device, chunks, current, cancellationToken);
            try
            {
                while (await reading is { Length: > 0 } chunk)
                {
                    // The next chunk is under way while this one is hashed.
                    reading = ReadAsync(device, chunks, next, cancellationToken);
                    digest?.AppendData(current, 0, chunk.IsHole ? 0 : (int)chunk.Length);
                    if (chunk.IsHole)
                    {
                        AppendZeros(digest, chunk.Length, cancellationToken);
                    }
                    else
                    {
                        data += chunk.Length;
                        copy?.Write(chunk.Offset, current.AsSpan(0, (int)chunk.Length));
                    }

                    (current, next) = (next, current);
                    progress?.Report(new CopyProgress(chunk.Offset + chunk.Length, length, data));
                }
            }
            finally
            {
                // The device and the buffers must outlive the read that is under way.
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return digest is null ? null : Sha256Digest.From(digest.GetHashAndReset());
    }

    /// <summary>Cuts the device into chunks; what it says are zeros becomes a hole, which is not read.</summary>
    private static async IAsyncEnumerable<(long Offset, long Length, bool IsHole)> ChunksAsync(
        IBlockDevice device,
        long length,
        bool isWhole,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (offset, extent, isZero) in DeviceAllocation.AskAsync(device, length, cancellationToken))
        {
            var most = isZero ? (isWhole ? 1L << 30 : long.MaxValue) : ChunkSize;
            for (var position = offset; position < offset + extent; position += Math.Min(most, offset + extent - position))
            {
                yield return (position, Math.Min(most, offset + extent - position), isZero);
            }
        }
    }

    private static async Task<(long Offset, long Length, bool IsHole)> ReadAsync(
        IBlockDevice device,
        IAsyncEnumerator<(long Offset, long Length, bool IsHole)> chunks,
        byte[] buffer,
        CancellationToken cancellationToken)
    {
        try
        {
            if (!await chunks.MoveNextAsync())
            {
                return default;
            }

            if (!chunks.Current.IsHole)
            {
                await device.ReadAsync(chunks.Current.Offset, buffer.AsMemory(0, (int)chunks.Current.Length), cancellationToken);
            }

            return chunks.Current;
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"the device cannot be read near byte {chunks.Current.Offset}: {failure.Message}", failure);
        }
    }

    private static void AppendZeros(IncrementalHash? digest, long length, CancellationToken cancellationToken)
    {
        for (var rest = digest is null ? 0 : length; rest > 0; rest -= BlockDeviceTarget.Zeros.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            digest!.AppendData(BlockDeviceTarget.Zeros, 0, (int)Math.Min(rest, BlockDeviceTarget.Zeros.Length));
        }
    }
}
