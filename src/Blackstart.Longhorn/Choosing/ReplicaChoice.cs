namespace Blackstart.Longhorn.Choosing;

/// <summary>Which replica of a volume is the right one.</summary>
/// <param name="Best">The one; null if there is none or the evidence does not decide.</param>
/// <param name="Code"><see cref="SalvageCode.ChoiceAmbiguous"/> or <see cref="SalvageCode.NothingToChoose"/>; null if one was chosen.</param>
/// <param name="Reason">Why this one, or why none.</param>
/// <param name="Replicas">All of them, in the order given.</param>
public sealed record ReplicaChoice(RankedReplica? Best, string? Code, string Reason, IReadOnlyList<RankedReplica> Replicas)
{
    /// <summary>Several could be the right one: a person has to say which.</summary>
    public bool IsAmbiguous => string.Equals(Code, SalvageCode.ChoiceAmbiguous, StringComparison.Ordinal);
}
