namespace Blackstart.Core.Planning;

/// <summary>Puts steps in an order in which each comes after all it waits for, and otherwise keeps the order given.</summary>
internal static class StepOrder
{
    public static IReadOnlyList<Step> Sort(IReadOnlyList<Step> steps)
    {
        var rank = steps.Select((s, i) => (s.Id, i)).ToDictionary(p => p.Id, p => p.i, StringComparer.Ordinal);
        var open = steps.ToDictionary(s => s.Id, s => s.DependsOn.Concat(s.After).Distinct(StringComparer.Ordinal).Count(), StringComparer.Ordinal);
        var waiters = steps
            .SelectMany(s => s.DependsOn.Concat(s.After).Distinct(StringComparer.Ordinal).Select(d => (On: d, s.Id)))
            .ToLookup(p => p.On, p => p.Id, StringComparer.Ordinal);
        var ready = new PriorityQueue<string, int>(open.Where(o => o.Value == 0).Select(o => (o.Key, rank[o.Key])));
        var sorted = new List<Step>(steps.Count);
        while (ready.TryDequeue(out var id, out _))
        {
            sorted.Add(steps[rank[id]]);
            foreach (var waiter in waiters[id])
            {
                if (--open[waiter] == 0)
                {
                    ready.Enqueue(waiter, rank[waiter]);
                }
            }
        }

        return sorted;
    }
}
