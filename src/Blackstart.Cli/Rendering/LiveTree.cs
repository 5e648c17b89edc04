using Blackstart.Core.Execution;
using Blackstart.Core.Planning;
using Spectre.Console;

namespace Blackstart.Cli.Rendering;

/// <summary>A run as a tree that redraws itself on a terminal: stages, and below them what is under way, what it waits for, and what failed.</summary>
internal sealed class LiveTree : IRunObserver, IAsyncDisposable
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(120);
    private readonly Dictionary<string, LiveRow> _rows;
    private readonly List<LiveRow> _order;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _drawing;
    private readonly string _title;
    private readonly int _height;

    public LiveTree(Plan plan, string title, IAnsiConsole console, TimeProvider time)
    {
        _title = title;
        _time = time;
        _began = time.GetTimestamp();
        _order = [.. plan.Steps.Select(s => new LiveRow(s))];
        _rows = _order.ToDictionary(r => r.Step.Id, StringComparer.Ordinal);
        _height = console.Profile.Height;
        _drawing = DrawAsync(console);
    }

    public void StepStarted(Step step, DateTimeOffset at) => Change(step, row => row.Began ??= _time.GetTimestamp());

    public void ActionStarted(Step step) => Change(step, row => row.Acts = true);

    public void StepWaits(Step step, ProbeAnswer answer) => Change(step, row => row.Note = $"waits: {answer.Reason}");

    public void StepProgressed(Step step, StepProgress progress) => Change(step, row =>
    {
        row.Rate ??= new TransferRate(_time);
        row.Note = row.Rate.Text(progress);
    });

    public void StepEnded(Step step, StepRecord record) => Change(step, row => row.Ended = record);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _drawing;
        _end.Dispose();
    }

    private void Change(Step step, Action<LiveRow> change)
    {
        lock (_lock)
        {
            change(_rows[step.Id]);
        }
    }

    private Task DrawAsync(IAnsiConsole console) => console.Live(Render()).StartAsync(async live =>
    {
        while (!_end.IsCancellationRequested)
        {
            live.UpdateTarget(Render());
            await Task.Delay(Redraw, _time, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        live.UpdateTarget(Render());
    });

    private Tree Render()
    {
        lock (_lock)
        {
            var tree = new Tree(new Markup($"[bold]{Markup.Escape(_title)}[/]  {Human.Duration(_time.GetElapsedTime(_began))}"));
            var room = Math.Max(8, _height - 12);
            foreach (var stage in _order.GroupBy(r => r.Step.Stage).OrderBy(g => g.Key))
            {
                AddStage(tree, [.. stage], ref room);
            }

            return tree;
        }
    }

    private void AddStage(Tree tree, List<LiveRow> rows, ref int room)
    {
        var done = rows.Count(r => r.Ended?.IsDone == true);
        var colour = rows.Exists(r => r.Ended is { IsDone: false }) ? "red" : done == rows.Count ? "green" : rows.Exists(r => r.Began is not null) ? "blue" : "grey";
        var node = tree.AddNode(new Markup($"[{colour}]{Words.Of(rows[0].Step.Stage)}[/]  {done} of {rows.Count}"));
        var isFinished = rows.TrueForAll(r => r.Ended is not null);

        // A finished stage folds down to what went wrong in it; the recovery stays open, since it is what one waits for.
        var shown = rows.Where(r => isFinished && rows[0].Step.Stage != Stage.Recovery ? r.Ended is { IsDone: false } : r.Began is not null || r.Ended is not null).ToList();
        foreach (var row in shown.TakeLast(room))
        {
            node.AddNode(Row(row));
        }

        room = Math.Max(3, room - shown.Count);
    }

    private Markup Row(LiveRow row)
    {
        if (row.Ended is { } record)
        {
            return new Markup($"[{OutcomeWords.Colour(record.Outcome)}]{OutcomeWords.Of(record.Outcome),-7}[/] {Markup.Escape(row.Step.Id)}  [grey]{Human.Duration(record.Duration)}  {Short(record.Gate.Reason)}[/]");
        }

        var elapsed = row.Began is { } began ? Human.Duration(_time.GetElapsedTime(began)) : "";
        var note = row.Note.Length > 0 ? row.Note : row.Acts ? row.Step.Title : $"gate: {row.Step.Gate.Question}";
        return new Markup($"[blue]{(row.Acts ? "acts" : "asks"),-7}[/] {Markup.Escape(row.Step.Id)}  [grey]{elapsed}[/]  {Short(note)}");
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return Markup.Escape(line.Length <= 90 ? line : line[..89] + "…");
    }
}
