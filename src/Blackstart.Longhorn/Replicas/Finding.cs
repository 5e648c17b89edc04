namespace Blackstart.Longhorn.Replicas;

/// <summary>Something found out about a replica.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Code">Stable code; see <see cref="SalvageCode"/>.</param>
/// <param name="Reason">What is wrong, naming the file; made harmless for a terminal.</param>
public sealed record Finding(FindingKind Kind, string Code, string Reason)
{
    /// <summary>What is wrong, naming the file; made harmless for a terminal.</summary>
    public string Reason { get; init; } = Printable.Of(Reason);
}
