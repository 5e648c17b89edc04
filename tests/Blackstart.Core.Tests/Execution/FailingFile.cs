namespace Blackstart.Core.Tests.Execution;

/// <summary>A file on a disk that is full: half a line goes in, the rest does not.</summary>
internal sealed class FailingFile(string path) : FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0)
{
    public bool IsFull { get; set; }

    /// <summary>Not even shortening it works.</summary>
    public bool IsStuck { get; set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!IsFull)
        {
            base.Write(buffer);
            return;
        }

        base.Write(buffer[..(buffer.Length / 2)]);
        throw new IOException("No space left on device");
    }

    public override void SetLength(long value)
    {
        if (IsStuck)
        {
            throw new IOException("Input/output error");
        }

        base.SetLength(value);
    }
}
