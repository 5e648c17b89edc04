using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Which steps of a run that is resumed need not be asked again.</summary>
internal static class SettledSteps
{
    /// <summary>
    /// A step about a moment that passed is settled once it was done, or, where it only looked, once it ended. Any other step that was done is settled when all that
    /// directly waits for it was done too: an attachment that was undone afterwards on purpose is not made again, while one
    /// that the next step still needs is asked for again. Steps at the end of the plan are always asked again.
    /// </summary>
    public static HashSet<string> Of(Plan plan, RunHistory history)
    {
        var dependents = plan.Steps
            .SelectMany(s => s.DependsOn.Concat(s.After).Select(on => (On: on, Step: s)))
            .ToLookup(p => p.On, p => p.Step, StringComparer.Ordinal);
        var settled = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in plan.Steps)
        {
            if (!history.Ended.TryGetValue(step.Id, out var record))
            {
                continue;
            }

            var waiting = dependents[step.Id].ToList();
            var isPassed = step.IsMoment && (record.IsDone || (step.Action is null && record.Outcome == StepOutcome.Failed));
            var isUsed = record.IsDone && waiting.Count > 0 && waiting.All(w => history.Ended.TryGetValue(w.Id, out var r) && r.IsDone);
            if (isPassed || isUsed)
            {
                settled.Add(step.Id);
            }
        }

        return settled;
    }
}
