using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Cli.Rendering;

/// <summary>A run as plain lines on standard error, for logs and for people without a terminal.</summary>
internal sealed class PlainObserver(TextWriter output, TimeProvider time) : IRunObserver
{
    private static readonly TimeSpan ProgressPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WaitPause = TimeSpan.FromSeconds(5);
    private readonly long _began = time.GetTimestamp();
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TransferRate> _rates = new(StringComparer.Ordinal);
    private Stage? _stage;

    public void StepStarted(Step step, DateTimeOffset at) => _told[step.Id] = time.GetTimestamp();

    public void ActionStarted(Step step)
    {
        ShowStage(step);
        Line("start", step.Id, step.Title);
        _told[step.Id] = time.GetTimestamp();
    }

    public void StepWaits(Step step, ProbeAnswer answer)
    {
        if (IsTime(step, WaitPause))
        {
            Line("waits", step.Id, answer.Reason);
        }
    }

    public void StepProgressed(Step step, StepProgress progress)
    {
        if (!_rates.TryGetValue(step.Id, out var rate))
        {
            _rates[step.Id] = rate = new TransferRate(time);
        }

        if (IsTime(step, ProgressPause))
        {
            Line("copy", step.Id, rate.Text(progress));
        }
    }

    public void StepEnded(Step step, StepRecord record)
    {
        ShowStage(step);
        Line(OutcomeWords.Of(record.Outcome), step.Id, record.Gate.Reason);
    }

    private void ShowStage(Step step)
    {
        if (_stage != step.Stage)
        {
            _stage = step.Stage;
            output.WriteLine($"── {Words.Of(step.Stage)}");
        }
    }

    private bool IsTime(Step step, TimeSpan pause)
    {
        var now = time.GetTimestamp();
        if (_told.TryGetValue(step.Id, out var last) && time.GetElapsedTime(last, now) < pause)
        {
            return false;
        }

        _told[step.Id] = now;
        return true;
    }

    private void Line(string word, string id, string text) =>
        output.WriteLine($"{Human.Duration(time.GetElapsedTime(_began)),8}  {word,-7} {id,-38} {text.ReplaceLineEndings(" ")}");
}
