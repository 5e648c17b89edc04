using Microsoft.Win32.SafeHandles;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>
/// Copies snapshots for a rebuild the way the real engine does: each file is made in its full length first and filled afterwards, so
/// that only the Rebuilding flag tells an unfinished replica from a whole one. Holes stay holes.
/// </summary>
internal static class LayerCopy
{
    private const int Piece = 1024 * 1024;

    public static void Copy(string source, IReadOnlyList<string> layers, string target, CancellationToken cancellationToken)
    {
        foreach (var layer in layers)
        {
            using var from = SparseFile.Open(Path.Combine(source, layer), FileMode.Open);
            using var to = SparseFile.Open(Path.Combine(target, layer), FileMode.Create);
            var length = RandomAccess.GetLength(from);
            RandomAccess.SetLength(to, length);
            ReplicaFiles.Write(
                Path.Combine(target, layer + ReplicaFiles.MetaSuffix),
                ReplicaFiles.Read<LayerMeta>(Path.Combine(source, layer + ReplicaFiles.MetaSuffix)));
            CopyData(from, to, length, cancellationToken);
            SparseFile.Flush(to);
        }
    }

    private static void CopyData(SafeFileHandle from, SafeFileHandle to, long length, CancellationToken cancellationToken)
    {
        var buffer = new byte[Piece];
        foreach (var (offset, count) in SparseFile.Data(from, 0, length))
        {
            for (var at = offset; at < offset + count;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(from, buffer.AsSpan(0, (int)Math.Min(Piece, offset + count - at)), at);
                if (read == 0)
                {
                    throw new EndOfStreamException("A snapshot became shorter while it was copied.");
                }

                RandomAccess.Write(to, buffer.AsSpan(0, read), at);
                at += read;
            }
        }
    }
}
