using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Which steps are open, ready, under way and ended.</summary>
internal sealed class RunState
{
    private readonly string _run;
    private readonly DateTimeOffset _startedAt;
    private readonly RunHistory? _history;
    private readonly Dictionary<string, StepRecord> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _open;
    private readonly ILookup<string, Step> _waiters;
    private readonly PriorityQueue<Step, int> _ready = new();
    private readonly Dictionary<string, int> _rank;
    private readonly Queue<Step> _blocked = new();
    private readonly HashSet<string> _settled;

    public RunState(string run, DateTimeOffset startedAt, Plan plan, RunHistory? history)
    {
        _run = run;
        _startedAt = startedAt;
        Plan = plan;
        _history = history;
        _rank = plan.Steps.Select((s, i) => (s.Id, i)).ToDictionary(p => p.Id, p => p.i, StringComparer.Ordinal);
        _open = plan.Steps.ToDictionary(s => s.Id, s => Waits(s).Count(), StringComparer.Ordinal);
        _waiters = plan.Steps.SelectMany(s => Waits(s).Select(on => (on, s))).ToLookup(p => p.on, p => p.s, StringComparer.Ordinal);
        _settled = history is null ? [] : SettledSteps.Of(plan, history.Ended);
        foreach (var step in plan.Steps.Where(s => _open[s.Id] == 0))
        {
            _ready.Enqueue(step, _rank[step.Id]);
        }
    }

    public Plan Plan { get; }

    public void RestoreFacts(RunFacts facts)
    {
        foreach (var (name, value) in _history?.Facts ?? new Dictionary<string, System.Text.Json.Nodes.JsonNode>())
        {
            facts.Restore(name, value.DeepClone());
        }
    }

    public StepHistory HistoryOf(string id) => _history is null
        ? StepHistory.None
        : new StepHistory(
            _history.Started.TryGetValue(id, out var at) ? at : null,
            _history.Attempts.GetValueOrDefault(id),
            _settled.Contains(id) ? _history.Ended[id] : null);

    public Step? TakeReady() => _ready.TryDequeue(out var step, out _) ? step : null;

    public IEnumerable<Step> TakeBlocked()
    {
        while (_blocked.TryDequeue(out var step))
        {
            yield return step;
        }
    }

    public bool HasFailed(string id) => _ended.TryGetValue(id, out var record) && !record.IsDone;

    public void Record(StepRecord record)
    {
        _ended[record.Id] = record;
        foreach (var waiter in _waiters[record.Id].DistinctBy(s => s.Id, StringComparer.Ordinal))
        {
            if (--_open[waiter.Id] > 0)
            {
                continue;
            }

            if (waiter.DependsOn.Any(HasFailed))
            {
                _blocked.Enqueue(waiter);
            }
            else
            {
                _ready.Enqueue(waiter, _rank[waiter.Id]);
            }
        }
    }

    public RunOutcome Outcome(RunFacts facts, DateTimeOffset at, bool interrupted) => new(
        _run,
        _startedAt,
        at,
        [.. Plan.Steps.Select(s => _ended.GetValueOrDefault(s.Id) ?? new StepRecord(s.Id, StepOutcome.Cancelled, null, at, 0, ProbeAnswer.Unknown("the run was stopped before this step")))],
        facts,
        interrupted);

    private static IEnumerable<string> Waits(Step step) => step.DependsOn.Concat(step.After).Distinct(StringComparer.Ordinal);
}
