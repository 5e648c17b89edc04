using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Extents;

/// <summary>
/// Asks the file system where a file is allocated (<c>FS_IOC_FIEMAP</c>, <c>linux/fiemap.h</c>). Not <c>SEEK_DATA</c>, whose answer
/// for preallocated ranges depends on the page cache.
/// </summary>
internal static unsafe class Fiemap
{
    private const int HeaderSize = 32;
    private const int ExtentSize = 56;
    private const int Batch = 512;

    /// <summary>Allocated extents that touch [<paramref name="start"/>, <paramref name="end"/>), ascending, as the file system reports them.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="start">First byte asked for.</param>
    /// <param name="end">End, exclusive.</param>
    /// <param name="extents">Receives the extents, in bytes, not aligned.</param>
    /// <returns>Where to go on, or <see cref="long.MaxValue"/> if there is nothing after the last extent.</returns>
    /// <exception cref="IOException">The file system has no FIEMAP (tmpfs) or fails.</exception>
    internal static long Read(SafeFileHandle handle, long start, long end, List<Extent> extents)
    {
        extents.Clear();
        var buffer = stackalloc byte[HeaderSize + (Batch * ExtentSize)];
        var header = new Span<byte>(buffer, HeaderSize);
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)start);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)(end - start));
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Files.NativeMethods.FiemapSync);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], Batch);
        if (Files.NativeMethods.Ioctl((int)handle.DangerousGetHandle(), Files.NativeMethods.FiemapRequest, buffer) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"FIEMAP: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        var count = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(header[20..]), Batch);
        var last = false;
        var next = start;
        for (var i = 0; i < count; i++)
        {
            var entry = new ReadOnlySpan<byte>(buffer + HeaderSize + (i * ExtentSize), ExtentSize);
            var offset = (long)BinaryPrimitives.ReadUInt64LittleEndian(entry);
            var length = (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            var flags = BinaryPrimitives.ReadUInt32LittleEndian(entry[40..]);
            if (offset < 0 || length <= 0 || offset > long.MaxValue - length)
            {
                throw new IOException("FIEMAP: the file system reports an impossible extent.");
            }

            extents.Add(new Extent(offset, offset + length, (flags & Files.NativeMethods.ExtentUnwritten) != 0));
            next = offset + length;
            last |= (flags & Files.NativeMethods.ExtentLast) != 0;
        }

        return last || count < Batch ? long.MaxValue : next;
    }
}
