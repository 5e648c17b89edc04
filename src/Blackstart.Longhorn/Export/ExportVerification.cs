using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Devices;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Export;

/// <summary>Reads back what was written: by its SHA-256 where there is one, otherwise against the source, byte for byte, holes included.</summary>
internal static class ExportVerification
{
    private const int PieceLength = 1 << 20;

    /// <summary>Reads back and compares.</summary>
    /// <exception cref="SalvageException">It is not what was written, or cannot be read.</exception>
    internal static async Task RunAsync(MergedVolume volume, IBlockDevice written, CopyResult copied, CopyOptions options, CancellationToken cancellationToken)
    {
        if (copied.Sha256 is { } expected)
        {
            var read = await DeviceReadBack.RunAsync(written, volume.Size, hash: true, copy: null, options.Progress, cancellationToken);
            if (read != expected)
            {
                throw new SalvageException(SalvageCode.VerificationFailed, $"what was read back has sha256 {read}, what was written {expected}");
            }

            return;
        }

        try
        {
            await CompareAsync(volume, written, options.Progress, cancellationToken);
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"what was written cannot be read back: {failure.Message}", failure);
        }
    }

    private static async Task CompareAsync(MergedVolume volume, IBlockDevice written, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        var (expected, held) = (new byte[PieceLength], new byte[PieceLength]);
        using var runs = ExtentDigest.Joined(volume.Runs(cancellationToken)).GetEnumerator();
        var hasRun = runs.MoveNext();
        await foreach (var (offset, length, isZero) in DeviceAllocation.AskAsync(written, volume.Size, cancellationToken))
        {
            // Where the target says zeros, only runs of the source have to be looked at.
            for (var position = offset; position < offset + length;)
            {
                while (hasRun && runs.Current.End <= position)
                {
                    hasRun = runs.MoveNext();
                }

                if (isZero && (!hasRun || runs.Current.Offset > position))
                {
                    position = hasRun ? Math.Min(runs.Current.Offset, offset + length) : offset + length;
                    continue;
                }

                var count = (int)Math.Min(PieceLength, (isZero ? Math.Min(runs.Current.End, offset + length) : offset + length) - position);
                volume.Read(position, expected.AsSpan(0, count));
                await written.ReadAsync(position, held.AsMemory(0, count), cancellationToken);
                var same = expected.AsSpan(0, count).CommonPrefixLength(held.AsSpan(0, count));
                if (same < count)
                {
                    throw new SalvageException(SalvageCode.VerificationFailed, $"what was read back differs from what was written at byte {position + same}");
                }

                position += count;
                progress?.Report(new CopyProgress(position, volume.Size, position));
            }
        }
    }
}
