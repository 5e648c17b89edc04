using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Export;

/// <summary>A stretch of the volume on its way from the layers to the target and the hash. Without a buffer it is a hole.</summary>
internal sealed class CopyChunk(long offset, long length, List<VolumeRun> runs, byte[]? buffer, int users)
{
    private int _users = users;

    internal long Offset { get; } = offset;

    internal long Length { get; } = length;

    internal List<VolumeRun> Runs { get; } = runs;

    internal byte[]? Buffer { get; } = buffer;

    /// <summary>Done when the buffer holds the content.</summary>
    internal Task Filled { get; set; } = Task.CompletedTask;

    internal ReadOnlyMemory<byte> Content => Buffer.AsMemory(0, (int)Length);

    internal ReadOnlySpan<byte> ContentOf(VolumeRun run) => Buffer.AsSpan((int)(run.Offset - Offset), (int)run.Length);

    /// <summary>True when the last user is done with the buffer.</summary>
    internal bool Release() => Interlocked.Decrement(ref _users) == 0;
}
