using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Which steps of a run that is resumed need not be asked again.</summary>
internal static class SettledSteps
{
    /// <summary>
    /// A step about a moment that passed is settled once it was done, or, where it only looked, once it ended. A step that a later one
    /// took back on purpose is settled once both are done: an attachment that was undone afterwards is not made again. All others are asked
    /// again, however long ago they were done: the world went on meanwhile, and a gate that still holds costs one question.
    /// </summary>
    public static HashSet<string> Of(Plan plan, IReadOnlyDictionary<string, StepRecord> ended) =>
        [.. plan.Steps.Where(s => ended.TryGetValue(s.Id, out var record) && (IsPassed(s, record) || IsUndone(s, record, ended))).Select(s => s.Id)];

    /// <summary>Whether resuming could change what a run came to: some step that is not done may still be done.</summary>
    public static bool CanGoOn(Plan plan, IReadOnlyDictionary<string, StepRecord> ended)
    {
        var settled = Of(plan, ended);
        var hopeless = new HashSet<string>(StringComparer.Ordinal);

        // A plan's steps stand after all they depend on.
        foreach (var step in plan.Steps.Where(s => !IsDone(s.Id, ended)))
        {
            if (!settled.Contains(step.Id) && !step.DependsOn.Any(hopeless.Contains))
            {
                return true;
            }

            hopeless.Add(step.Id);
        }

        return false;
    }

    private static bool IsPassed(Step step, StepRecord record) =>
        step.IsMoment && (record.IsDone || (step.Action is null && record.Outcome == StepOutcome.Failed));

    private static bool IsUndone(Step step, StepRecord record, IReadOnlyDictionary<string, StepRecord> ended) =>
        record.IsDone && step.UndoneBy is { } undoer && IsDone(undoer, ended);

    private static bool IsDone(string id, IReadOnlyDictionary<string, StepRecord> ended) => ended.TryGetValue(id, out var record) && record.IsDone;
}
