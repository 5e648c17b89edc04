using Blackstart.Longhorn.Merging;

namespace Blackstart.Longhorn.Replicas;

/// <summary>
/// A replica directory, opened read-only and judged. Every file is opened relative to the directory's descriptor with
/// <c>O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC</c>; nothing here can write.
/// </summary>
public sealed class ReplicaDirectory : IDisposable
{
    private readonly ReplicaChain? _chain;
    private MergedVolume? _volume;

    private ReplicaDirectory(ReplicaJudgement judgement, ReplicaChain? chain)
    {
        Judgement = judgement;
        _chain = chain;
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

    /// <summary>Opens and judges a replica directory. Whatever is wrong with it is in the judgement, not thrown.</summary>
    /// <param name="path">The directory <c>DISK/replicas/VOLUME-8HEX</c>.</param>
    /// <param name="options">How to judge; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the reading of checksums and extents.</param>
    public static ReplicaDirectory Open(string path, JudgingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var judging = new ReplicaJudging(path, options ?? new JudgingOptions());
        try
        {
            return new ReplicaDirectory(judging.Run(cancellationToken, out var chain), chain);
        }
        catch
        {
            judging.CloseLayers();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _chain?.Dispose();
}
