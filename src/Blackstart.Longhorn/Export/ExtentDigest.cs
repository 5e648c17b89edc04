using System.Buffers.Binary;
using System.Security.Cryptography;
using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Export;

/// <summary>Makes the digest of <see cref="DigestMode.Extents"/>: the lengths of runs are hashed before their data, so they are looked up ahead of it.</summary>
internal sealed class ExtentDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IEnumerator<(long Offset, long End)> _runs;
    private readonly long _size;
    private long _position;
    private long _end;

    internal ExtentDigest(MergedVolume volume, CancellationToken cancellationToken)
    {
        _size = volume.Size;
        _runs = Joined(volume.Runs(cancellationToken)).GetEnumerator();
    }

    /// <summary>Runs that touch are one, whatever layer they come from.</summary>
    internal static IEnumerable<(long Offset, long End)> Joined(IEnumerable<VolumeRun> runs)
    {
        (long Offset, long End)? pending = null;
        foreach (var run in runs)
        {
            if (pending is { } open && open.End == run.Offset)
            {
                pending = (open.Offset, run.End);
                continue;
            }

            if (pending is { } complete)
            {
                yield return complete;
            }

            pending = (run.Offset, run.End);
        }

        if (pending is { } last)
        {
            yield return last;
        }
    }

    /// <summary>Adds data of a run, which is the next there is.</summary>
    /// <exception cref="SalvageException">The runs are not those that were found before: a layer was written to.</exception>
    internal void Append(long offset, ReadOnlySpan<byte> data)
    {
        if (_position == _end)
        {
            (_position, _end) = _runs.MoveNext() ? _runs.Current : (-1, -1);
            AppendNumber(_position);
            AppendNumber(_end - _position);
        }

        if (offset != _position || offset + data.Length > _end)
        {
            throw new SalvageException(SalvageCode.ReadFailed, $"what is allocated near byte {offset} changed while it was read");
        }

        _hash.AppendData(data);
        _position += data.Length;
    }

    internal Sha256Digest Complete()
    {
        if (_position != _end || _runs.MoveNext())
        {
            throw new SalvageException(SalvageCode.ReadFailed, "what is allocated changed while it was read");
        }

        AppendNumber(_size);
        return Sha256Digest.From(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runs.Dispose();
        _hash.Dispose();
    }

    private void AppendNumber(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }
}
