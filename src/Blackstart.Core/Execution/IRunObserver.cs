using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Watches a run as it goes. Calls come from any thread, one at a time, and must return quickly.</summary>
public interface IRunObserver
{
    /// <summary>A step has begun: its gate is asked first, then its action runs.</summary>
    void StepStarted(Step step, DateTimeOffset at);

    /// <summary>A step's action begins; until then only its gate was asked.</summary>
    void ActionStarted(Step step);

    /// <summary>A gate was asked and does not hold yet.</summary>
    void StepWaits(Step step, ProbeAnswer answer);

    /// <summary>A long copy has come further.</summary>
    void StepProgressed(Step step, StepProgress progress);

    /// <summary>A step has ended.</summary>
    void StepEnded(Step step, StepRecord record);
}
