using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Devices;

/// <summary>A sparse file that receives a copy of a device. Rather than fill its disk up it gives up, and is empty then.</summary>
public sealed class SparseCopy : IDisposable
{
    /// <summary>What is left free for everybody else: a full disk stops a whole node.</summary>
    private const long Reserve = 1L << 30;

    /// <summary>Runs of zeros of this length are left out.</summary>
    private const int PieceLength = 64 << 10;
    private const long AskEvery = 64L << 20;
    private readonly SafeFileHandle _file;
    private readonly DriveInfo _disk;
    private readonly string _path;
    private long _untilAsked;

    private SparseCopy(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
        _disk = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Whether there was room for everything so far.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Makes the file, which only its owner can read.</summary>
    /// <param name="path">The file; must not exist.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="SalvageException">It cannot be made.</exception>
    public static SparseCopy Create(string path, long length)
    {
        try
        {
            using (new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
            }

            var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.SetLength(file, length);
            return new SparseCopy(path, file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SalvageException(SalvageCode.WriteFailed, $"{path} cannot be written: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Writes what is not zero.</summary>
    /// <exception cref="SalvageException">The disk failed.</exception>
    internal void Write(long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            for (var start = 0; IsComplete && start < data.Length; start += PieceLength)
            {
                var piece = data[start..Math.Min(start + PieceLength, data.Length)];
                if (piece.ContainsAnyExcept((byte)0))
                {
                    MakeSureOfRoom(piece.Length);
                    if (IsComplete)
                    {
                        RandomAccess.Write(_file, piece, offset + start);
                    }
                }
            }
        }
        catch (IOException failure)
        {
            throw new SalvageException(SalvageCode.WriteFailed, $"{_path} cannot be written: {failure.Message}", failure);
        }
    }

    private void MakeSureOfRoom(int length)
    {
        _untilAsked -= length;
        if (_untilAsked >= 0)
        {
            return;
        }

        _untilAsked = AskEvery;
        if (_disk.AvailableFreeSpace < Reserve + AskEvery)
        {
            IsComplete = false;
            RandomAccess.SetLength(_file, 0);
        }
    }
}
