using Blackstart.Longhorn.BackingImages;

namespace Blackstart.Longhorn.Replicas;

/// <summary>The layers that make up a volume, head first, open for reading. Only a judged directory gives one out.</summary>
public sealed class ReplicaChain : IDisposable
{
    internal ReplicaChain(long size, IReadOnlyList<ReplicaLayer> layers, BackingImage? backing)
    {
        Size = size;
        Layers = layers;
        Backing = backing;
        Sources = backing is null ? [.. layers] : [.. layers, backing];
    }

    /// <summary>Size of the volume in bytes.</summary>
    public long Size { get; }

    /// <summary>The layers, head first.</summary>
    public IReadOnlyList<ReplicaLayer> Layers { get; }

    /// <summary>The backing image below the lowest layer; null if there is none.</summary>
    public BackingImage? Backing { get; }

    /// <summary>What is asked for a block, in this order.</summary>
    internal IVolumeLayer[] Sources { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in Sources)
        {
            source.Dispose();
        }
    }
}
