using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>A replica whose disk can be made to fail.</summary>
internal sealed class FailingReplica(ReplicaDirectory inner) : IReplica
{
    public Exception? OnWrite { get; set; }

    public Exception? OnRead { get; set; }

    public string Path => inner.Path;

    public IReadOnlyList<string> Layers => inner.Layers;

    public bool IsPresent => inner.IsPresent;

    public void Read(long offset, Span<byte> buffer)
    {
        Throw(OnRead);
        inner.Read(offset, buffer);
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        Throw(OnWrite);
        inner.Write(offset, data);
    }

    public void WriteZeroes(long offset, long length, bool allocate)
    {
        Throw(OnWrite);
        inner.WriteZeroes(offset, length, allocate);
    }

    public void Trim(long offset, long length) => inner.Trim(offset, length);

    public (long Length, bool Allocated) Run(long offset, long length) => inner.Run(offset, length);

    public void Flush() => inner.Flush();

    public void Snapshot(string name, bool userCreated, string created, IReadOnlyDictionary<string, string>? labels) =>
        inner.Snapshot(name, userCreated, created, labels);

    public void Revert(string name, string created) => inner.Revert(name, created);

    public void Close() => inner.Close();

    public void Dispose() => inner.Dispose();

    private static void Throw(Exception? exception)
    {
        if (exception is not null)
        {
            throw exception;
        }
    }
}
