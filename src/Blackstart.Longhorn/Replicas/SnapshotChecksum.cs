using System.Globalization;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Replicas;

/// <summary>The record of a snapshot's checksum, <c>IMAGE.checksum</c> (engine: <c>pkg/replica/hash.go</c>).</summary>
/// <param name="Checksum">CRC-64/GO-ISO of the whole apparent length, holes as zeros.</param>
/// <param name="ChangeTime">The inode's change time when hashed, as Go prints it.</param>
/// <param name="SilentlyCorrupted">The engine found a mismatch that no write explains.</param>
internal sealed record SnapshotChecksum(ulong Checksum, string ChangeTime, bool SilentlyCorrupted)
{
    internal const string FileSuffix = ".checksum";

    /// <summary>Decodes a record; false if it is of another method.</summary>
    /// <exception cref="MetadataException">Not what the engine writes.</exception>
    internal static bool TryParse(ReadOnlySpan<byte> content, out SnapshotChecksum record)
    {
        record = null!;
        var file = MetadataFile.Parse("the checksum record of a snapshot", content);
        if (!string.Equals(file.Text("method"), "crc64", StringComparison.Ordinal)
            || !ulong.TryParse(file.Text("checksum"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var checksum))
        {
            return false;
        }

        record = new SnapshotChecksum(checksum, file.Text("change_time"), file.Flag("silently_corrupted"));
        return true;
    }

    internal static ulong Compute(ReplicaLayer layer, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 20];
        var crc = new Crc64();
        IVolumeLayer source = layer;
        var cursor = new ExtentCursor(source, 0, source.ExtentEnd);
        var position = 0L;
        for (; cursor.TryPeek(out var extent); cursor.Advance())
        {
            crc.AppendZeros(extent.Offset - position);
            var end = Math.Min(extent.End, layer.Length);
            for (position = extent.Offset; position < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - position));
                source.Read(position, part);
                crc.Append(part);
                position += part.Length;
            }
        }

        crc.AppendZeros(layer.Length - position);
        return crc.Value;
    }

    /// <summary>Whether the file has not changed since it was hashed, so that a mismatch is real.</summary>
    internal bool IsOf(in FileStatus status)
    {
        // Go's time.String: date, time with the fraction's trailing zeros left out, offset, zone name.
        var parts = ChangeTime.Split(' ');
        if (parts.Length < 3 || parts[1].Split('.') is not [var time, .. var fraction])
        {
            return false;
        }

        return DateTimeOffset.TryParseExact($"{parts[0]} {time} {parts[2]}", "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var second)
            && uint.TryParse(fraction is [var digits, ..] ? digits.PadRight(9, '0') : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            && second.ToUnixTimeSeconds() == status.ChangedSeconds
            && nanoseconds == status.ChangedNanoseconds;
    }
}
