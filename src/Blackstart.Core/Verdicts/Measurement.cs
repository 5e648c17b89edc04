using Blackstart.Core.Estates;

namespace Blackstart.Core.Verdicts;

/// <summary>What a run measured, beside what was declared.</summary>
/// <param name="Objectives">Declared for the estate.</param>
/// <param name="TimeToRecover">From the fault, or from the start of a run without one, to the last gate; null when the last gate never held.</param>
/// <param name="DataLoss">Counted by the acceptance commands of all components; null when none was asked.</param>
public sealed record Measurement(Objectives Objectives, TimeSpan? TimeToRecover, DataLoss? DataLoss)
{
    /// <summary>Null when nothing was measured.</summary>
    public bool? MeetsRto => TimeToRecover is { } time ? time <= Objectives.Rto : null;

    /// <summary>Null when nothing was measured. Counts tell nothing of times, so one lost record is one too many, whatever the declared RPO.</summary>
    public bool? MeetsRpo => DataLoss is { } loss ? loss.Lost == 0 : null;
}
