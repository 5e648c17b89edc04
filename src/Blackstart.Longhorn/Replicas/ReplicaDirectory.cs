using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Replicas;

/// <summary>
/// A replica directory, opened read-only and judged. Every file is opened relative to the directory's descriptor with
/// <c>O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC</c>; nothing here can write.
/// </summary>
public sealed class ReplicaDirectory : IDisposable
{
    private readonly ReplicaChain? _chain;
    private readonly JudgingOptions _options;
    private readonly Dictionary<string, SnapshotView> _snapshots = new(StringComparer.Ordinal);
    private MergedVolume? _volume;

    private ReplicaDirectory(ReplicaJudgement judgement, ReplicaChain? chain, JudgingOptions options)
    {
        Judgement = judgement;
        _chain = chain;
        _options = options;
    }

    /// <summary>What was found out.</summary>
    public ReplicaJudgement Judgement { get; }

    /// <summary>Whether the volume can be read.</summary>
    public bool IsRecoverable => _chain is not null;

    /// <summary>The chain.</summary>
    /// <exception cref="SalvageException">The replica was refused; the code and reason are the judgement's.</exception>
    public ReplicaChain Chain => _chain ?? throw new SalvageException(Judgement.Refusal!.Code, Judgement.Refusal.Reason);

    /// <summary>The volume as its last writer saw it.</summary>
    /// <exception cref="SalvageException">The replica was refused; the code and reason are the judgement's.</exception>
    public MergedVolume Volume => _volume ??= new MergedVolume(Chain);

    /// <summary>The volume as of a snapshot: what the chain from that layer down holds, the backing image included. Not safe from several threads.</summary>
    /// <param name="snapshot">The snapshot's own name, such as <c>daily-1</c> of <c>volume-snap-daily-1.img</c>; also one on a branch that a revert has left behind.</param>
    /// <returns>The volume, as large as it was when the snapshot was taken; open as long as this directory is.</returns>
    /// <exception cref="SalvageException">
    /// The replica was refused (its code), the snapshot's chain is (its code), or there is no such snapshot
    /// (<see cref="SalvageCode.SnapshotUnknown"/>; the reason lists those there are).
    /// </exception>
    public MergedVolume VolumeAt(string snapshot) => ViewOf(snapshot).Volume;

    /// <summary>The same as <see cref="VolumeAt"/>, with its chain and what is to be said of it.</summary>
    /// <param name="snapshot">The snapshot's own name.</param>
    /// <param name="cancellationToken">Stops the reading of checksums and extents.</param>
    /// <exception cref="SalvageException">As of <see cref="VolumeAt"/>.</exception>
    public SnapshotView ViewOf(string snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        _ = Chain;
        if (_snapshots.TryGetValue(snapshot, out var view))
        {
            return view;
        }

        var judging = new ReplicaJudging(Judgement.Path, _options);
        try
        {
            var chain = judging.OpenSnapshot(snapshot, Judgement.Metadata!, cancellationToken, out var findings);
            view = new SnapshotView(chain, new MergedVolume(chain), findings);
            _snapshots.Add(snapshot, view);
            return view;
        }
        catch
        {
            judging.CloseLayers();
            throw;
        }
    }

    /// <summary>Opens and judges a replica directory. Whatever is wrong with it is in the judgement, not thrown.</summary>
    /// <param name="path">The directory <c>DISK/replicas/VOLUME-8HEX</c>.</param>
    /// <param name="options">How to judge; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the reading of checksums and extents.</param>
    public static ReplicaDirectory Open(string path, JudgingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new JudgingOptions();
        var judging = new ReplicaJudging(path, options);
        try
        {
            return new ReplicaDirectory(judging.Run(cancellationToken, out var chain), chain, options);
        }
        catch
        {
            judging.CloseLayers();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chain?.Dispose();
        foreach (var view in _snapshots.Values)
        {
            view.Chain.Dispose();
        }
    }
}
