using Blackstart.Longhorn.Export;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>Keeps nothing: for reading a volume to hash it.</summary>
internal sealed class NoTarget : IMergeTarget
{
    public bool ReadsAsZeros => true;

    public int Writers => 1;

    public Task PrepareAsync(long size, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WriteZerosAsync(long offset, long length, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
