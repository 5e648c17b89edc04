namespace Blackstart.Core.Planning;

/// <summary>What keeps a set of steps from being a plan.</summary>
internal static class PlanFaults
{
    public static IEnumerable<string> Find(IReadOnlyList<Step> steps)
    {
        var ids = steps.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var twice in steps.GroupBy(s => s.Id, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            yield return $"step '{twice.Key}' stands {twice.Count()} times";
        }

        foreach (var step in steps)
        {
            foreach (var missing in step.DependsOn.Concat(step.After).Where(d => !ids.Contains(d)))
            {
                yield return $"step '{step.Id}' waits for '{missing}', which is not in the plan";
            }

            if (step.UndoneBy is { } undoer && !ids.Contains(undoer))
            {
                yield return $"step '{step.Id}' is undone by '{undoer}', which is not in the plan";
            }

            if (step.Effect != Effect.Observe && step.Targets.Count == 0)
            {
                yield return $"step '{step.Id}' has an effect but names no target";
            }
        }

        if (Cycle(steps) is { } cycle)
        {
            yield return $"steps wait for each other: {string.Join(" → ", cycle)}";
        }
    }

    /// <summary>One cycle, its first id repeated at the end; null when there is none.</summary>
    private static List<string>? Cycle(IReadOnlyList<Step> steps)
    {
        var waits = steps.DistinctBy(s => s.Id, StringComparer.Ordinal)
            .ToDictionary(s => s.Id, s => s.DependsOn.Concat(s.After).ToList(), StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in waits.Keys)
        {
            // An explicit stack: a plan of many thousand steps in a row must not end the process.
            var path = new List<string>();
            var onPath = new HashSet<string>(StringComparer.Ordinal);
            var pending = new Stack<(string Id, int Next)>();
            pending.Push((start, 0));
            while (pending.TryPop(out var at))
            {
                if (at.Next == 0)
                {
                    if (done.Contains(at.Id))
                    {
                        continue;
                    }

                    path.Add(at.Id);
                    onPath.Add(at.Id);
                }

                var next = waits.TryGetValue(at.Id, out var list) && at.Next < list.Count ? list[at.Next] : null;
                if (next is null)
                {
                    path.RemoveAt(path.Count - 1);
                    onPath.Remove(at.Id);
                    done.Add(at.Id);
                    continue;
                }

                pending.Push((at.Id, at.Next + 1));
                if (onPath.Contains(next))
                {
                    return [.. path.SkipWhile(id => id != next), next];
                }

                pending.Push((next, 0));
            }
        }

        return null;
    }
}
