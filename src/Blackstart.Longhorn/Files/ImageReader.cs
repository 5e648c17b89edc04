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
            int read;
            try
            {
                read = RandomAccess.Read(handle, rest, offset);
            }
            catch (IOException failure)
            {
                throw new SalvageException(SalvageCode.ReadFailed, $"{name} cannot be read at byte {offset}: {failure.Message}", failure);
            }

            if (read == 0)
            {
                throw new SalvageException(SalvageCode.ReadFailed, $"{name} became shorter while it was read: it ends at byte {offset} of {length}");
            }

            rest = rest[read..];
            offset += read;
        }
    }
}
