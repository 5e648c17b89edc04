using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Execution;

/// <summary>
/// Runs any plan: starts every step whose dependencies' gates hold, in parallel up to a limit; stops what depends on a step that
/// failed and lets the rest finish; writes the journal. A run that was killed is given its history and goes on.
/// </summary>
public sealed class Runner(Boundary boundary, TimeProvider time, RunnerOptions options)
{
    /// <summary>Runs a plan for the first time.</summary>
    /// <exception cref="BlackstartException"><c>BS3009</c>: the journal cannot be written; no step runs any more.</exception>
    public Task<RunOutcome> StartAsync(string run, Plan plan, Journal journal, IRunObserver observer, CancellationToken cancellationToken)
    {
        var at = journal.Append(JournalKinds.RunStarted, new JsonObject
        {
            ["schemaVersion"] = 1,
            ["run"] = run,
            ["planDigest"] = plan.Digest,
            ["plan"] = plan.ToJson(),
        });
        return RunAsync(new RunState(run, at, plan, null), journal, observer, cancellationToken);
    }

    /// <summary>Goes on with a run from its history.</summary>
    /// <exception cref="BlackstartException"><c>BS3006</c>: the plan is not the one the run was started with; <c>BS3009</c>: the journal cannot be written.</exception>
    public Task<RunOutcome> ResumeAsync(RunHistory history, Plan plan, Journal journal, IRunObserver observer, CancellationToken cancellationToken)
    {
        if (!string.Equals(history.PlanDigest, plan.Digest, StringComparison.Ordinal))
        {
            throw new BlackstartException(
                "BS3006",
                ExitCode.InvalidInput,
                $"resuming {history.Run}",
                "blackstart.yaml, its captures or Blackstart itself changed since, so that the plan is no longer the one this run was started with",
                $"Put them back as they were, or start anew with `blackstart recover --environment {plan.Environment}`");
        }

        journal.Append(JournalKinds.RunResumed, new JsonObject { ["run"] = history.Run });
        return RunAsync(new RunState(history.Run, history.StartedAt, plan, history), journal, observer, cancellationToken);
    }

    private async Task<RunOutcome> RunAsync(RunState state, Journal journal, IRunObserver observer, CancellationToken cancellationToken)
    {
        var facts = new RunFacts((name, value) => journal.Append(JournalKinds.Fact, new JsonObject { ["name"] = name, ["value"] = value.DeepClone() }));
        state.RestoreFacts(facts);
        var execution = new StepExecution(boundary, time, options, journal, facts, new SerialObserver(observer), state.Plan);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new HashSet<Task<StepRecord>>();
        try
        {
            while (true)
            {
                foreach (var blocked in state.TakeBlocked())
                {
                    state.Record(execution.End(blocked, NotStarted(blocked, state, time.GetUtcNow())));
                }

                while (running.Count < options.Parallelism && !cancellationToken.IsCancellationRequested && state.TakeReady() is { } step)
                {
                    running.Add(execution.RunAsync(step, state.HistoryOf(step.Id), all.Token));
                }

                if (running.Count == 0)
                {
                    break;
                }

                var ended = await Task.WhenAny(running);
                running.Remove(ended);
                state.Record(await ended);
            }
        }
        catch
        {
            // What cannot be written down must not go on: no step acts behind the back of a run that has ended.
            await all.CancelAsync();
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return state.Outcome(facts, time.GetUtcNow(), cancellationToken.IsCancellationRequested);
    }

    private static StepRecord NotStarted(Step step, RunState state, DateTimeOffset at)
    {
        var missing = step.DependsOn.First(state.HasFailed);
        return new StepRecord(step.Id, StepOutcome.Blocked, null, at, 0, ProbeAnswer.No($"'{missing}' did not succeed, so this step was not started"));
    }
}
