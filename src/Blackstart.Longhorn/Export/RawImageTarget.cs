using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Export;

/// <summary>
/// A sparse raw image file. It is written beside its final name, as <c>NAME.partial</c>, and gets its name when it is complete and on
/// stable storage; so a file of that name is never half a volume. With a source given, <c>NAME.partial.json</c> says how far it has come,
/// and an unfinished image of the same source is gone on with: what it holds is compared with the source on the way, so that nothing
/// depends on what reached the disk before a kill or a power cut. Given up before much was written, the unfinished file is removed.
/// </summary>
public sealed class RawImageTarget : IMergeTarget
{
    private const long WriteBackEvery = 32L << 20;
    private const int PieceLength = 1 << 20;
    private readonly string _partial;
    private readonly string _journalPath;
    private readonly long _dataBytes;
    private readonly IReadOnlyList<string>? _source;
    private SafeFileHandle? _journal;
    private SafeFileHandle? _handle;
    private byte[]? _piece;
    private Task _writeBack = Task.CompletedTask;
    private long _writeBackBegun;
    private long _writtenBack;
    private bool _isComplete;

    private RawImageTarget(string path, long dataBytes, IReadOnlyList<string>? source)
    {
        Path = path;
        _partial = path + ".partial";
        _journalPath = _partial + ".json";
        _dataBytes = dataBytes;
        _source = source;
    }

    /// <summary>The image, absolute.</summary>
    public string Path { get; }

    /// <summary>Bytes the complete image occupies on disk.</summary>
    public long Allocated { get; private set; }

    /// <summary>Why an unfinished image that was there is not gone on with; null if there was none, or it is.</summary>
    public string? StartedAnew { get; private set; }

    /// <summary>Bytes that an unfinished image should have held and did not; they were written again.</summary>
    public long Mended { get; private set; }

    /// <inheritdoc/>
    public long AlreadyWritten { get; private set; }

    /// <inheritdoc/>
    public bool ReadsAsZeros => true;

    /// <inheritdoc/>
    public int Writers => 1;

    private SafeFileHandle Handle => _handle ?? throw new InvalidOperationException("The target is not prepared.");

    /// <summary>Checks that an image may be written to a place. Writes nothing yet.</summary>
    /// <param name="path">The image to make; must not exist.</param>
    /// <param name="dataBytes">Bytes of data that the volume holds, for which there must be room.</param>
    /// <param name="source">Lines that are the same only for the same image; null for one that cannot be gone on with.</param>
    /// <exception cref="SalvageException">The place is refused.</exception>
    public static RawImageTarget At(string path, long dataBytes, IReadOnlyList<string>? source = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = new RawImageTarget(System.IO.Path.GetFullPath(path), dataBytes, source);
        target.Writing(target.Check);
        return target;
    }

    /// <inheritdoc/>
    public Task PrepareAsync(long size, CancellationToken cancellationToken) => Task.Run(
        () => Writing(() =>
        {
            Check();
            if (TryGoOn(size))
            {
                return;
            }

            // Kept open, and so locked, until its name is another file's: no other export may go on with what is removed here.
            using var before = _handle;
            _handle = null;
            ExportJournal.Remove(_journalPath);
            File.Delete(_partial);
            _handle = Open(NativeMethods.OpenCreate | NativeMethods.OpenExclusive);
            TakeLock(_handle);
            SetLength(_handle, size);
            if (_source is not null)
            {
                _journal = new ExportJournal(_source, size, ReadOnlyDirectory.StatusOf(_handle).Inode, 0).Create(_journalPath);
            }
        }),
        cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // The caller is a writer thread of its own, and handing over every piece would cost more than it gains.
        cancellationToken.ThrowIfCancellationRequested();
        Writing(() =>
        {
            RandomAccess.Write(Handle, data.Span, offset);
            if (offset + data.Length - _writtenBack >= WriteBackEvery)
            {
                WriteBack(offset + data.Length);
                _writtenBack = offset + data.Length;
                if (_journal is not null)
                {
                    ExportJournal.Mark(_journal, _writtenBack);
                }
            }
        });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteZerosAsync(long offset, long length, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task MendAsync(long offset, long length, ReadOnlyMemory<byte>? data, CancellationToken cancellationToken)
    {
        Writing(() =>
        {
            if (data is { } expected)
            {
                Mend(offset, expected.Span);
                return;
            }

            var extents = new List<Extent>();
            for (var next = offset; next < offset + length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                next = Fiemap.Read(Handle, next, offset + length, extents);
                foreach (var extent in extents)
                {
                    var end = Math.Min(extent.End, offset + length);
                    for (var position = Math.Max(extent.Offset, offset); position < end; position += PieceLength)
                    {
                        Mend(position, BlockDeviceTarget.Zeros.AsSpan(0, (int)Math.Min(PieceLength, end - position)));
                    }
                }
            }
        });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken) => Task.Run(
        () => Writing(() =>
        {
            RandomAccess.FlushToDisk(Handle);
            Allocated = ReadOnlyDirectory.StatusOf(Handle).Allocated;
            if (!IsStillThere(Handle))
            {
                throw new SalvageException(SalvageCode.WriteFailed, $"{_partial} is no longer the file that was written");
            }

            File.Move(_partial, Path, overwrite: false);
            _isComplete = true;
            _ = NativeMethods.Lock((int)Handle.DangerousGetHandle(), NativeMethods.Unlock);
            ExportJournal.Remove(_journalPath);
            FlushDirectory();
        }),
        cancellationToken);

    /// <summary>Opens the complete image for reading, from the disk rather than from memory.</summary>
    public IBlockDevice OpenWritten()
    {
        _ = NativeMethods.Advise((int)Handle.DangerousGetHandle(), 0, 0, NativeMethods.AdviseDoNotNeed);
        return BlockDeviceFile.OpenForReading(Path);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_handle is not null)
        {
            await _writeBack;
            _journal?.Dispose();
            if (!_isComplete && (_journal is null || _writtenBack == 0) && IsStillThere(_handle))
            {
                ExportJournal.Remove(_journalPath);
                File.Delete(_partial);
            }

            _handle.Dispose();
        }
    }

    /// <summary>Whether the unfinished image's name still is the file that is open.</summary>
    private bool IsStillThere(SafeFileHandle handle) => ReadOnlyDirectory.StatusBehind(_partial)?.Identity == ReadOnlyDirectory.StatusOf(handle).Identity;

    private void Check()
    {
        var already = ReadOnlyDirectory.StatusOf(_partial) is { Kind: FileKind.Regular } status ? status.Allocated : 0;
        TargetRules.Check(Path, Math.Max(0, _dataBytes - already));
    }

    /// <summary>
    /// The disk gets to work while the copy goes on, rather than all at the end; the final flush is what counts. On a thread of its own,
    /// since the call waits for room in the disk's queue; while it does, the range grows.
    /// </summary>
    private void WriteBack(long end)
    {
        if (!_writeBack.IsCompleted)
        {
            return;
        }

        var (handle, start) = (Handle, _writeBackBegun);
        _writeBackBegun = end;
        _writeBack = Task.Run(() => NativeMethods.SyncFileRange((int)handle.DangerousGetHandle(), start, end - start, NativeMethods.SyncRangeWrite));
    }

    /// <summary>Takes over the unfinished image that is there, if it is one of this source.</summary>
    private bool TryGoOn(long size)
    {
        if (ReadOnlyDirectory.StatusOf(_partial) is not { } found)
        {
            return false;
        }

        if (found.Kind != FileKind.Regular)
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{_partial} is {found.KindInWords}, in the place of an unfinished image");
        }

        _handle = Open(0);
        TakeLock(_handle);
        var status = ReadOnlyDirectory.StatusOf(_handle);
        if (status.Links > 1)
        {
            // Cutting it to length would cut the other one too, whatever the journal says.
            _handle.Dispose();
            _handle = null;
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{_partial} has a second name, so it may be more than an unfinished image");
        }

        var journal = ExportJournal.Read(_journalPath);
        StartedAnew = _source is null ? null
            : journal is null ? $"{_partial} has no journal that can be read"
            : journal.Inode != status.Inode || journal.Size != status.Length || journal.Written < 0 || journal.Written > status.Length ? $"{_partial} is not the file that its journal is of"
            : journal.Source.Except(_source, StringComparer.Ordinal).FirstOrDefault() is { } other ? $"the source has changed since {_partial} was begun: it was {other}"
            : !journal.Source.SequenceEqual(_source, StringComparer.Ordinal) || journal.Size != size ? $"the source has changed since {_partial} was begun"
            : null;
        if (_source is null || StartedAnew is not null)
        {
            return false;
        }

        // What lies past the journal's mark may be anything.
        SetLength(_handle, journal!.Written);
        SetLength(_handle, size);
        (_journal, AlreadyWritten, _writtenBack, _writeBackBegun) = (journal.Create(_journalPath), journal.Written, journal.Written, journal.Written);
        return true;
    }

    private void Mend(long offset, ReadOnlySpan<byte> expected)
    {
        _piece ??= GC.AllocateUninitializedArray<byte>(PieceLength);
        for (var done = 0; done < expected.Length; done += PieceLength)
        {
            var part = expected[done..Math.Min(done + PieceLength, expected.Length)];
            var held = _piece.AsSpan(0, part.Length);
            var read = 0;
            for (int count; read < held.Length && (count = RandomAccess.Read(Handle, held[read..], offset + done + read)) > 0;)
            {
                read += count;
            }

            if (read < held.Length || !held.SequenceEqual(part))
            {
                RandomAccess.Write(Handle, part, offset + done);
                Mended += part.Length;
            }
        }
    }

    private SafeFileHandle Open(int flags)
    {
        var descriptor = NativeMethods.OpenAt(
            NativeMethods.AtCurrentDirectory,
            _partial,
            NativeMethods.OpenReadWrite | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec | flags,
            Convert.ToInt32("600", 8));
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw ReadOnlyDirectory.Failure(_partial);
    }

    private void TakeLock(SafeFileHandle handle)
    {
        if (NativeMethods.Lock((int)handle.DangerousGetHandle(), NativeMethods.LockExclusiveNonBlocking) != 0)
        {
            // It is the other's to remove.
            handle.Dispose();
            _handle = null;
            throw new SalvageException(SalvageCode.TargetInUse, $"another export is writing {_partial}");
        }
    }

    private static void SetLength(SafeFileHandle handle, long length) => RandomAccess.SetLength(handle, length);

    private void FlushDirectory()
    {
        var descriptor = NativeMethods.OpenAt(
            NativeMethods.AtCurrentDirectory,
            System.IO.Path.GetDirectoryName(Path)!,
            NativeMethods.OpenReadOnly | NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec,
            0);
        if (descriptor >= 0)
        {
            using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
            RandomAccess.FlushToDisk(directory);
        }
    }

    private void Writing(Action write)
    {
        try
        {
            write();
        }
        catch (IOException failure)
        {
            var code = failure.HResult == NativeMethods.AlreadyExists ? SalvageCode.TargetExists : SalvageCode.WriteFailed;
            throw new SalvageException(code, $"{Path} cannot be written: {failure.Message}", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new SalvageException(SalvageCode.WriteFailed, $"{Path} cannot be written: {failure.Message}", failure);
        }
    }
}
