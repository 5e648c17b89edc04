using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Files;

/// <summary>Positional reads of an image of a known length.</summary>
internal static class ImageReader
{
    /// <summary>Fills the buffer; past the length the image had when it was judged, zeros.</summary>
    /// <exception cref="SalvageException">The file became shorter, or the disk failed.</exception>
    internal static void Read(SafeFileHandle handle, string name, long length, long offset, Span<byte> buffer)
    {
        var within = (int)Math.Clamp(length - offset, 0, buffer.Length);
        buffer[within..].Clear();
        var rest = buffer[..within];
        while (!rest.IsEmpty)
        {
            var read = ReadSome(handle, rest, offset);
            if (read < 0)
            {
                throw new SalvageException(SalvageCode.ReadFailed, $"{name} cannot be read at byte {offset}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }

            if (read == 0)
            {
                throw new SalvageException(SalvageCode.ReadFailed, $"{name} became shorter while it was read: it ends at byte {offset} of {length}");
            }

            rest = rest[read..];
            offset += read;
        }
    }

    /// <summary>A plain <c>pread</c>: the framework's asks of every new descriptor first whether it can seek.</summary>
    private static unsafe int ReadSome(SafeFileHandle handle, Span<byte> buffer, long offset)
    {
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            nint read;
            fixed (byte* start = buffer)
            {
                do
                {
                    read = NativeMethods.ReadAt((int)handle.DangerousGetHandle(), start, (nuint)buffer.Length, offset);
                }
                while (read < 0 && Marshal.GetLastPInvokeError() == NativeMethods.Interrupted);
            }

            return (int)read;
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }
}
