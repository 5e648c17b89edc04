using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Blocks;

/// <summary>A block device of this machine, or an image file that is only read, by its path.</summary>
public sealed class BlockDeviceFile : IAllocatedBlockDevice
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly bool _isDevice;
    private bool _tellsAllocation;

    private BlockDeviceFile(string path, SafeFileHandle handle, in FileStatus status)
    {
        _path = path;
        _handle = handle;
        _isDevice = status.Kind == FileKind.BlockDevice;
        _tellsAllocation = !_isDevice;
        Size = _isDevice ? SizeOf(handle, path) : status.Length;
    }

    /// <inheritdoc/>
    public long Size { get; }

    /// <summary>Opens a block device or a regular file for reading.</summary>
    /// <param name="path">Its path; a symbolic link as its last name is refused.</param>
    /// <exception cref="SalvageException">It is not there, is of another kind or cannot be opened.</exception>
    public static BlockDeviceFile OpenForReading(string path) => Open(path, NativeMethods.OpenReadOnly | NativeMethods.OpenNonBlock);

    /// <summary>Opens a block device for writing, exclusively: not while it is mounted or another program has claimed it.</summary>
    /// <param name="path">Its path; a symbolic link as its last name is refused.</param>
    /// <exception cref="SalvageException">It is in use, or not there, of another kind or cannot be opened.</exception>
    public static BlockDeviceFile OpenForWriting(string path) => Open(path, NativeMethods.OpenReadWrite | NativeMethods.OpenExclusive);

    /// <inheritdoc/>
    public Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Check(offset, buffer.Length);
        return Task.Run(() => Read(offset, buffer.Span), cancellationToken);
    }

    /// <inheritdoc/>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Check(offset, data.Length);
        return Task.Run(() => RandomAccess.Write(_handle, data.Span, offset), cancellationToken);
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            RandomAccess.FlushToDisk(_handle);
            DropCache();
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BlockExtent>> AllocationAsync(long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<BlockExtent> all = [new BlockExtent(length, Hole: false, Zero: false)];
        if (!_tellsAllocation)
        {
            return Task.FromResult(all);
        }

        try
        {
            var (extents, found) = (new List<Extent>(), new List<BlockExtent>());
            var next = Fiemap.Read(_handle, offset, offset + length, extents);
            var position = offset;
            foreach (var extent in extents)
            {
                var (start, end) = (Math.Max(extent.Offset, position), Math.Min(extent.End, offset + length));
                Add(found, start - position, isHole: true);
                Add(found, end - start, isHole: false);
                position = Math.Max(position, end);
            }

            Add(found, Math.Min(next, offset + length) - position, isHole: true);
            return Task.FromResult<IReadOnlyList<BlockExtent>>(found);
        }
        catch (IOException)
        {
            // A file system that does not tell: then everything has to be read.
            _tellsAllocation = false;
            return Task.FromResult(all);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _handle.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What is read next comes from the device and not from memory. Only root may ask for it; for others nothing happens.</summary>
    internal unsafe void DropCache()
    {
        if (_isDevice)
        {
            _ = NativeMethods.Ioctl((int)_handle.DangerousGetHandle(), NativeMethods.BlockDeviceFlushBuffers, null);
        }
    }

    private static BlockDeviceFile Open(string path, int flags)
    {
        try
        {
            var descriptor = NativeMethods.OpenAt(NativeMethods.AtCurrentDirectory, path, flags | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec, 0);
            var handle = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw ReadOnlyDirectory.Failure(path);
            try
            {
                var status = ReadOnlyDirectory.StatusOf(handle);
                return status.Kind is FileKind.BlockDevice || (status.Kind is FileKind.Regular && flags == (NativeMethods.OpenReadOnly | NativeMethods.OpenNonBlock))
                    ? new BlockDeviceFile(path, handle, status)
                    : throw new SalvageException(SalvageCode.DeviceUnreachable, $"{path} is {status.KindInWords}, not a block device");
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        catch (IOException failure)
        {
            throw failure.HResult == NativeMethods.Busy
                ? new SalvageException(SalvageCode.TargetInUse, $"{path} is mounted or claimed by another program", failure)
                : new SalvageException(SalvageCode.DeviceUnreachable, $"it cannot be opened: {failure.Message}", failure);
        }
    }

    private static unsafe long SizeOf(SafeFileHandle handle, string path)
    {
        long size = 0;
        return NativeMethods.Ioctl((int)handle.DangerousGetHandle(), NativeMethods.BlockDeviceSize, &size) == 0 ? size : throw ReadOnlyDirectory.Failure(path);
    }

    private static void Add(List<BlockExtent> extents, long length, bool isHole)
    {
        if (length > 0)
        {
            extents.Add(new BlockExtent(length, isHole, isHole));
        }
    }

    private void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = RandomAccess.Read(_handle, buffer, offset);
            if (count == 0)
            {
                throw new EndOfStreamException($"{_path} ends at byte {offset}.");
            }

            buffer = buffer[count..];
            offset += count;
        }
    }

    private void Check(long offset, int length)
    {
        if (offset < 0 || offset > Size - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "The range lies outside the device.");
        }
    }
}
