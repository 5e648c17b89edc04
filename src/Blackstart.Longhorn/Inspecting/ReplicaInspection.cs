using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>Everything there is to know about one replica directory, short of its bytes: its layers, also those outside the chain, and what each supplies.</summary>
public sealed class ReplicaInspection : IDisposable
{
    private readonly ReplicaDirectory _replica;

    private ReplicaInspection(ReplicaDirectory replica, string? snapshot, MergedVolume? volume, IReadOnlyList<Finding> findings)
    {
        _replica = replica;
        Snapshot = snapshot;
        Volume = volume;
        Findings = findings;
    }

    /// <summary>What was found out about the directory.</summary>
    public ReplicaJudgement Judgement => _replica.Judgement;

    /// <summary>The snapshot that is looked at; null for the volume as its last writer saw it.</summary>
    public string? Snapshot { get; }

    /// <summary>The merged volume; null if the replica was refused.</summary>
    public MergedVolume? Volume { get; }

    /// <summary>What was found out; of a snapshot, what concerns its chain.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>The layers: those of the chain first, from the top, then the others by name.</summary>
    public IReadOnlyList<InspectedLayer> Layers { get; private set; } = [];

    /// <summary>The backing image; null if there is none.</summary>
    public InspectedBackingImage? BackingImage { get; private set; }

    /// <summary>Bytes of the merged volume that some layer supplies; null if it cannot be read.</summary>
    public long? DataBytes { get; private set; }

    /// <summary>What the volume holds; null if it cannot be read.</summary>
    public VolumeContent? Content { get; private set; }

    /// <summary>Opens and judges a replica directory and looks at every layer. A refused replica is told as far as it can be.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="snapshot">The own name of the snapshot to look at; null for the head.</param>
    /// <param name="judging">How to judge; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SalvageException">There is no such snapshot or its chain is refused; or a layer cannot be asked where it is allocated.</exception>
    public static ReplicaInspection Open(string path, string? snapshot, JudgingOptions? judging, CancellationToken cancellationToken)
    {
        var replica = ReplicaDirectory.Open(path, judging, cancellationToken);
        try
        {
            var view = snapshot is null ? null : replica.ViewOf(snapshot, cancellationToken);
            var chain = view?.Chain ?? (replica.IsRecoverable ? replica.Chain : null);
            var inspection = new ReplicaInspection(
                replica,
                snapshot,
                view?.Volume ?? (replica.IsRecoverable ? replica.Volume : null),
                view?.Findings ?? replica.Judgement.Findings);
            inspection.Look(chain, cancellationToken);
            return inspection;
        }
        catch
        {
            replica.Dispose();
            throw;
        }
    }

    /// <summary>Reads the volume through to hash it.</summary>
    /// <param name="options">What to hash, and whom to tell how far it is.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SalvageException">The replica was refused, cannot be read, or changed meanwhile.</exception>
    public async Task<CopyResult> DigestAsync(CopyOptions options, CancellationToken cancellationToken)
    {
        await using var nowhere = new NoTarget();
        return await VolumeCopy.RunAsync(Volume ?? _replica.Volume, nowhere, options, cancellationToken);
    }

    /// <summary>The layer's file name, or the backing image's path, that a run comes from.</summary>
    /// <param name="run">A run of <see cref="Volume"/>.</param>
    public string NameOf(VolumeRun run) => Volume!.Layers[run.Layer].Name;

    /// <inheritdoc/>
    public void Dispose() => _replica.Dispose();

    private void Look(ReplicaChain? chain, CancellationToken cancellationToken)
    {
        var supplies = chain is null ? null : Count(chain, cancellationToken);
        DataBytes = supplies?.Sum();
        Content = Volume is null ? null : VolumeContent.Identify(Volume, cancellationToken);
        if (chain?.Backing is { } backing)
        {
            BackingImage = new InspectedBackingImage(backing.Path, backing.Format, backing.VirtualSize, supplies![chain.Layers.Count]);
        }

        var names = chain?.Layers.Select(layer => layer.Name).ToList() ?? [.. Judgement.Chain.Select(layer => layer.Name)];
        var layers = new List<InspectedLayer>();
        try
        {
            using var directory = ReadOnlyDirectory.Open(Judgement.Path);
            for (var i = 0; i < names.Count; i++)
            {
                layers.Add(LayerLook.At(directory, names[i], isInChain: true, supplies?[i]));
            }

            var known = names.ToHashSet(StringComparer.Ordinal);
            while (chain is null && layers is [.., { Parent: { } parent }] && LayerName.IsSnapshot(parent) && known.Add(parent))
            {
                // Judging stopped at a layer that is missing or bad; those below it belong to the chain all the same.
                layers.Add(LayerLook.At(directory, parent, isInChain: true, supplies: null));
            }

            foreach (var name in directory.Names())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var image = name.EndsWith(LayerName.MetadataSuffix, StringComparison.Ordinal) ? name[..^LayerName.MetadataSuffix.Length] : name;
                if ((LayerName.IsSnapshot(image) || LayerName.IsHead(image)) && known.Add(image))
                {
                    layers.Add(LayerLook.At(directory, image, isInChain: false, supplies: null));
                }
            }
        }
        catch (IOException)
        {
            // The judgement says that the directory cannot be read.
        }

        Layers = layers;
    }

    private long[] Count(ReplicaChain chain, CancellationToken cancellationToken)
    {
        var supplies = new long[chain.Layers.Count + 1];
        foreach (var run in Volume!.Runs(cancellationToken))
        {
            supplies[run.Layer] += run.Length;
        }

        return supplies;
    }
}
