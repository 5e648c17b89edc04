using Blackstart.Longhorn.Files;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Export;

/// <summary>
/// A sparse raw image file. It is written beside its final name, as <c>NAME.partial</c>, and gets its name when it is complete and on
/// stable storage; so a file of that name is never half a volume. Given up, the unfinished file is removed.
/// </summary>
public sealed class RawImageTarget : IMergeTarget
{
    private const long WriteBackEvery = 32L << 20;
    private readonly string _partial;
    private readonly long _dataBytes;
    private SafeFileHandle? _handle;
    private long _writtenBack;
    private bool _isComplete;

    private RawImageTarget(string path, long dataBytes)
    {
        Path = path;
        _partial = path + ".partial";
        _dataBytes = dataBytes;
    }

    /// <summary>The image, absolute.</summary>
    public string Path { get; }

    /// <summary>Bytes the complete image occupies on disk.</summary>
    public long Allocated { get; private set; }

    /// <inheritdoc/>
    public bool ReadsAsZeros => true;

    /// <inheritdoc/>
    public int Writers => 1;

    private SafeFileHandle Handle => _handle ?? throw new InvalidOperationException("The target is not prepared.");

    /// <summary>Checks that an image may be written to a place. Writes nothing yet.</summary>
    /// <param name="path">The image to make; must not exist.</param>
    /// <param name="dataBytes">Bytes of data that the volume holds, for which there must be room.</param>
    /// <exception cref="SalvageException">The place is refused.</exception>
    public static RawImageTarget At(string path, long dataBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = System.IO.Path.GetFullPath(path);
        TargetRules.Check(full, dataBytes);
        return new RawImageTarget(full, dataBytes);
    }

    /// <inheritdoc/>
    public Task PrepareAsync(long size, CancellationToken cancellationToken) => Task.Run(
        () => Writing(() =>
        {
            TargetRules.Check(Path, _dataBytes);
            RemoveUnfinished();
            var descriptor = NativeMethods.OpenAt(
                NativeMethods.AtCurrentDirectory,
                _partial,
                NativeMethods.OpenReadWrite | NativeMethods.OpenCreate | NativeMethods.OpenExclusive | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec,
                Convert.ToInt32("600", 8));
            _handle = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw ReadOnlyDirectory.Failure(_partial);
            using var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.ReadWrite, bufferSize: 0);
            stream.SetLength(size);
        }),
        cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // The caller is a writer thread of its own, and handing over every piece would cost more than it gains.
        cancellationToken.ThrowIfCancellationRequested();
        Writing(() => RandomAccess.Write(Handle, data.Span, offset));
        if (offset + data.Length - _writtenBack >= WriteBackEvery)
        {
            // The disk gets to work while the copy goes on, rather than all at the end; the final flush is what counts.
            _ = NativeMethods.SyncFileRange((int)Handle.DangerousGetHandle(), _writtenBack, offset + data.Length - _writtenBack, NativeMethods.SyncRangeWrite);
            _writtenBack = offset + data.Length;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteZerosAsync(long offset, long length, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken) => Task.Run(
        () => Writing(() =>
        {
            RandomAccess.FlushToDisk(Handle);
            Allocated = ReadOnlyDirectory.StatusOf(Handle).Allocated;
            File.Move(_partial, Path, overwrite: false);
            _isComplete = true;
            FlushDirectory();
        }),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_handle is not null)
        {
            _handle.Dispose();
            if (!_isComplete)
            {
                File.Delete(_partial);
            }
        }

        return ValueTask.CompletedTask;
    }

    private void RemoveUnfinished()
    {
        if (ReadOnlyDirectory.StatusOf(_partial) is not { } status)
        {
            return;
        }

        if (status.Kind != FileKind.Regular)
        {
            throw new SalvageException(SalvageCode.TargetKindInvalid, $"{_partial} is {status.KindInWords}, in the place of an unfinished image");
        }

        File.Delete(_partial);
    }

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
