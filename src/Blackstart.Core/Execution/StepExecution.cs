using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>Takes one step from its first asking to its end.</summary>
internal sealed class StepExecution(Boundary boundary, TimeProvider time, RunnerOptions options, Journal journal, RunFacts facts, IRunObserver observer, Plan plan)
{
    public async Task<StepRecord> RunAsync(Step step, StepHistory history, CancellationToken cancellationToken)
    {
        if (history.Settled is { } settled)
        {
            observer.StepEnded(step, settled);
            return settled;
        }

        // Steps run beside each other even where their first questions are answered synchronously.
        await Task.Yield();
        var startedAt = history.StartedAt ?? time.GetUtcNow();
        observer.StepStarted(step, startedAt);
        return End(step, await TryAsync(step, history, startedAt, cancellationToken));
    }

    /// <summary>Whatever the step's action and probes throw is its ending; only a journal that cannot be written ends the run.</summary>
    private async Task<StepRecord> TryAsync(Step step, StepHistory history, DateTimeOffset startedAt, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(step.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var lastAnswer = ProbeAnswer.Unknown("its gate was not asked");
        try
        {
            var context = new StepContext(step.Id, facts, new StepProgressReporter(step, observer));
            if (!step.IsMoment && step.Action is not null)
            {
                lastAnswer = await step.Gate.AnswerAsync(context, both.Token);
                if (lastAnswer.Holds)
                {
                    return Record(StepOutcome.AlreadyMet, history.Attempts, lastAnswer);
                }
            }

            if (step.Precondition is not null)
            {
                var before = await step.Precondition.AnswerAsync(context, both.Token);
                if (!before.Holds)
                {
                    return Record(StepOutcome.Failed, history.Attempts, before);
                }
            }

            if (step.Action is not null)
            {
                await ActAsync(step, context, both.Token);
            }

            lastAnswer = await WaitForGateAsync(step, context, answer => lastAnswer = answer, both.Token);
            return Record(lastAnswer.Holds ? StepOutcome.Succeeded : StepOutcome.Failed, history.Attempts + 1, lastAnswer);
        }
        catch (BlackstartException e) when (e.Code == "BS3009")
        {
            throw;
        }
        catch (BlackstartException e) when (e.ExitCode == ExitCode.Refused || !both.IsCancellationRequested)
        {
            var outcome = e.ExitCode == ExitCode.Refused ? StepOutcome.Refused : StepOutcome.Failed;
            var failed = new ProbeAnswer(Holds: false, $"{e.Attempted}: {e.Cause}. {e.Remedy}", CouldNotAsk: e.ExitCode == ExitCode.CouldNotVerify);
            return Record(outcome, history.Attempts + 1, failed, e.Code);
        }
        catch (Exception e)
        {
            // What a tool says once it was ended for the time's sake is not why the step ended.
            var late = lastAnswer with { Holds = false, Reason = $"not within {step.Timeout.TotalSeconds:0} s: {lastAnswer.Reason}" };
            return cancellationToken.IsCancellationRequested ? Record(StepOutcome.Cancelled, history.Attempts + 1, ProbeAnswer.Unknown("the run was stopped"))
                : deadline.IsCancellationRequested ? Record(StepOutcome.Failed, history.Attempts + 1, late, "BS3007")
                : Record(StepOutcome.Failed, history.Attempts + 1, ProbeAnswer.Unknown(e.Message), "BS3008");
        }

        StepRecord Record(StepOutcome outcome, int attempts, ProbeAnswer gate, string? code = null) =>
            new(step.Id, outcome, startedAt, time.GetUtcNow(), attempts, gate, code);
    }

    public StepRecord End(Step step, StepRecord record)
    {
        var at = journal.Append(JournalKinds.StepEnded, StepEntries.Write(record));
        var ended = record with { EndedAt = at };
        observer.StepEnded(step, ended);
        return ended;
    }

    private async Task ActAsync(Step step, StepContext context, CancellationToken cancellationToken)
    {
        var clearances = new List<Clearance>();
        foreach (var target in step.Effect == Effect.Observe ? [] : step.Targets.Concat(step.TargetsFound(context)).Distinct())
        {
            clearances.Add(await boundary.AuthorizeAsync(plan.Environment, target, step.Effect, plan.Purpose, cancellationToken));
        }

        journal.Append(JournalKinds.StepStarted, new JsonObject
        {
            ["step"] = step.Id,
            ["clearances"] = new JsonArray([.. clearances.Select(ClearanceJson)]),
        });
        observer.ActionStarted(step);
        await step.Action!(context with { Clearances = clearances }, cancellationToken);
    }

    private static JsonObject ClearanceJson(Clearance clearance) => new()
    {
        ["environment"] = clearance.Environment,
        ["target"] = clearance.Target.ToString(),
        ["effect"] = Words.Of(clearance.Effect),
        ["identity"] = clearance.Identity,
    };

    private async Task<ProbeAnswer> WaitForGateAsync(Step step, StepContext context, Action<ProbeAnswer> seen, CancellationToken cancellationToken)
    {
        var pause = options.FirstPoll;
        while (true)
        {
            var answer = await step.Gate.AnswerAsync(context, cancellationToken);
            if (answer.Holds || step.AsksOnce)
            {
                return answer;
            }

            seen(answer);
            observer.StepWaits(step, answer);
            await Task.Delay(pause, time, cancellationToken);
            pause = TimeSpan.FromTicks(Math.Min(options.LongestPoll.Ticks, pause.Ticks * 3 / 2));
        }
    }
}
