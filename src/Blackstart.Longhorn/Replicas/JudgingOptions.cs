using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Replicas;

/// <summary>How a replica is judged.</summary>
public sealed record JudgingOptions
{
    /// <summary>Codes of refusals that the operator accepts by name; only those of <see cref="SalvageCode.CanBeAccepted"/> take effect. They become warnings.</summary>
    public IReadOnlyCollection<string> Accepted { get; init; } = [];

    /// <summary>The backing image, if not to be looked for beside the replica.</summary>
    public string? BackingImage { get; init; }

    /// <summary>Further disks (<c>…/longhorn</c>) in whose <c>backing-images</c> folder a backing image may be found.</summary>
    public IReadOnlyList<string> DiskRoots { get; init; } = [];

    /// <summary>Which recorded checksums are compared.</summary>
    public ChecksumPolicy Checksums { get; init; } = ChecksumPolicy.WhenValid;

    /// <summary>Who has what open; null to look when the replica is judged.</summary>
    public OpenFileTable? OpenFiles { get; init; }
}
