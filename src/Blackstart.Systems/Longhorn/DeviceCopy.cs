using System.Security.Cryptography;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Systems.Longhorn;

/// <summary>Reads a whole block device, hashing it, and leaves a sparse copy behind where one is wanted.</summary>
internal static class DeviceCopy
{
    private const int ChunkSize = 4 * 1024 * 1024;

    /// <summary>Reads the device from end to end.</summary>
    /// <param name="device">The device.</param>
    /// <param name="copy">Path of the copy; null for none. Runs of zeros are left out of it.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>SHA-256 of the device's content, hex.</returns>
    public static async Task<string> ReadBackAsync(IBlockDevice device, string? copy, IProgress<StepProgress> progress, CancellationToken cancellationToken)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = copy is null ? null : new FileStream(copy, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file?.SetLength(device.Size);
        var buffer = new byte[ChunkSize];
        var next = new byte[ChunkSize];
        var reading = ReadAsync(device, 0, buffer, cancellationToken);
        for (long offset = 0; offset < device.Size; offset += ChunkSize)
        {
            var length = await reading;
            (buffer, next) = (next, buffer);
            reading = ReadAsync(device, offset + length, buffer, cancellationToken);
            var chunk = next.AsMemory(0, length);
            if (file is not null && chunk.Span.ContainsAnyExcept((byte)0))
            {
                await RandomAccess.WriteAsync(file.SafeFileHandle, chunk, offset, cancellationToken);
            }

            digest.AppendData(chunk.Span);
            progress.Report(new StepProgress(offset + length, device.Size));
        }

        return Convert.ToHexStringLower(digest.GetCurrentHash());
    }

    private static async Task<int> ReadAsync(IBlockDevice device, long offset, byte[] buffer, CancellationToken cancellationToken)
    {
        var length = (int)Math.Max(0, Math.Min(ChunkSize, device.Size - offset));
        if (length > 0)
        {
            await device.ReadAsync(offset, buffer.AsMemory(0, length), cancellationToken);
        }

        return length;
    }
}
