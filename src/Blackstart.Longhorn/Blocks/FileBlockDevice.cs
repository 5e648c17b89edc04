using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Blocks;

/// <summary>A block device in a regular file; unwritten parts are holes and read as zero.</summary>
public sealed class FileBlockDevice : IBlockDevice
{
    private readonly SafeFileHandle _file;

    private FileBlockDevice(SafeFileHandle file, long size)
    {
        _file = file;
        Size = size;
    }

    /// <inheritdoc/>
    public long Size { get; }

    /// <summary>Opens an existing file for reading and writing.</summary>
    /// <param name="path">The file; its length is the size of the device.</param>
    /// <exception cref="IOException">The file is missing, locked by another process or not accessible.</exception>
    public static FileBlockDevice Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        return new FileBlockDevice(file, RandomAccess.GetLength(file));
    }

    /// <summary>Makes a new sparse file of zeroes; an existing file is an error.</summary>
    /// <param name="path">The file to make.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <exception cref="IOException">The file exists or cannot be made.</exception>
    public static FileBlockDevice Create(string path, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.Asynchronous);
        RandomAccess.SetLength(file, size);
        return new FileBlockDevice(file, size);
    }

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Check(offset, buffer.Length);
        var done = 0;
        while (done < buffer.Length)
        {
            var read = await RandomAccess.ReadAsync(_file, buffer[done..], offset + done, cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException("The file became shorter than the device it holds.");
            }

            done += read;
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Check(offset, data.Length);
        await RandomAccess.WriteAsync(_file, data, offset, cancellationToken);
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RandomAccess.FlushToDisk(_file);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Check(long offset, int length)
    {
        if (offset < 0 || offset + length > Size)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, "The range lies outside the device.");
        }
    }
}
