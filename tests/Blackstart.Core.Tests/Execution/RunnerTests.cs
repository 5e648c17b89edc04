using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Tests.Execution;

public sealed class RunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly World _world = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_step_starts_only_when_what_it_depends_on_is_done()
    {
        var outcome = await RunAsync(_world.Plan(("erp", ["secrets"]), ("secrets", ["vault"]), ("vault", ["longhorn"]), ("longhorn", [])));

        outcome.Steps.ShouldAllBe(s => s.Outcome == StepOutcome.Succeeded);
        _world.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gate_that_already_holds_spares_the_action()
    {
        _world.Done["a"] = 1;

        var outcome = await RunAsync(_world.Plan(("a", []), ("b", ["a"])));

        outcome["a"].Outcome.ShouldBe(StepOutcome.AlreadyMet);
        _world.Done["a"].ShouldBe(1);
        outcome["b"].Outcome.ShouldBe(StepOutcome.Succeeded);
    }

    [Fact]
    public async Task A_failure_blocks_what_depends_on_it_and_lets_the_rest_finish()
    {
        var broken = _world.Step("broken") with { Action = (_, _) => throw new BlackstartException("BS9999", ExitCode.Negative, "trying", "it broke", "mend it") };
        var plan = new Plan("test", Purpose.Drill, "lab", [broken, _world.Step("after", "broken"), _world.Step("beside")]);

        var outcome = await RunAsync(plan);

        outcome["broken"].Outcome.ShouldBe(StepOutcome.Failed);
        outcome["broken"].ErrorCode.ShouldBe("BS9999");
        outcome["after"].Outcome.ShouldBe(StepOutcome.Blocked);
        outcome["beside"].Outcome.ShouldBe(StepOutcome.Succeeded);
        _world.Done.ShouldNotContainKey("after");
    }

    [Fact]
    public async Task A_step_that_only_waits_for_the_end_of_another_runs_after_its_failure_too()
    {
        var broken = _world.Step("broken") with { Action = (_, _) => throw new InvalidOperationException("it broke") };
        var plan = new Plan("test", Purpose.Drill, "lab", [broken, _world.Step("after") with { After = ["broken"] }]);

        var outcome = await RunAsync(plan);

        outcome["after"].Outcome.ShouldBe(StepOutcome.Succeeded);
    }

    [Fact]
    public async Task A_gate_that_never_holds_fails_the_step_in_time()
    {
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("a") with { Action = (_, _) => Task.CompletedTask, Timeout = TimeSpan.FromMilliseconds(50) }]);

        var outcome = await RunAsync(plan);

        outcome["a"].Outcome.ShouldBe(StepOutcome.Failed);
        outcome["a"].ErrorCode.ShouldBe("BS3007");
        outcome["a"].Gate.Reason.ShouldContain("not there");
    }

    [Fact]
    public async Task A_precondition_that_does_not_hold_stops_the_step_before_its_action()
    {
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("a") with { Precondition = _world.Holds("never") }]);

        var outcome = await RunAsync(plan);

        outcome["a"].Outcome.ShouldBe(StepOutcome.Failed);
        _world.Done.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_of_the_boundary_stops_the_step_before_its_action_and_its_journal_line()
    {
        var boundary = new Boundary([new BoundaryEnvironment("lab", IsProduction: false, RecordedIdentities.None)], new FixedIdentity("uid"), TimeProvider.System);
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out _);

        var outcome = await new Runner(boundary, TimeProvider.System, new RunnerOptions()).StartAsync("run", _world.Plan(("a", [])), journal, _world, Cancel);

        outcome["a"].Outcome.ShouldBe(StepOutcome.Refused);
        outcome["a"].ErrorCode.ShouldBe("BS2008");
        _world.Done.ShouldBeEmpty();
        Journal.Read(_folder.Root).ShouldNotContain(e => e.Kind == JournalKinds.StepStarted);
    }

    [Fact]
    public async Task The_journal_announces_an_effect_before_it_happens()
    {
        IReadOnlyList<JournalEntry> seen = [];
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("a") with
        {
            Action = (_, _) =>
            {
                seen = Journal.Read(_folder.Root);
                _world.Done["a"] = 1;
                return Task.CompletedTask;
            },
        }]);

        await RunAsync(plan);

        var started = seen.Where(e => e.Kind == JournalKinds.StepStarted).ShouldHaveSingleItem();
        started.Data["clearances"]![0]!["identity"]!.GetValue<string>().ShouldBe("uid");
    }

    [Fact]
    public async Task Cancelling_ends_the_run_cleanly_and_it_can_be_resumed()
    {
        using var stop = new CancellationTokenSource();
        var isFirst = true;
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("a"), _world.Step("b", "a") with
        {
            Action = async (_, cancellationToken) =>
            {
                if (isFirst)
                {
                    isFirst = false;
                    await stop.CancelAsync();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                }

                _world.Done["b"] = 1;
            },
        }]);
        using (var journal = Journal.Open(_folder.Root, TimeProvider.System, out _))
        {
            var stopped = await World.NewRunner().StartAsync("run", plan, journal, _world, stop.Token);
            stopped.Interrupted.ShouldBeTrue();
            stopped["b"].Outcome.ShouldBe(StepOutcome.Cancelled);
        }

        var resumed = await ResumeAsync(plan);

        resumed.Steps.ShouldAllBe(s => s.IsDone);
        _world.Done["a"].ShouldBe(1);
    }

    [Fact]
    public async Task Facts_survive_and_reach_later_steps()
    {
        var plan = new Plan("test", Purpose.Drill, "lab",
        [
            _world.Step("find") with
            {
                Action = (context, _) =>
                {
                    context.Facts.Set("found", new JsonObject { ["where"] = "pi2" });
                    _world.Done["find"] = 1;
                    return Task.CompletedTask;
                },
            },
            _world.Step("use", "find") with { Action = (_, _) => throw new InvalidOperationException("killed") },
        ]);
        await RunAsync(plan);
        string? read = null;
        var mended = new Plan("test", Purpose.Drill, "lab", [plan["find"], plan["use"] with
        {
            Action = (context, _) =>
            {
                read = context.Facts.Find("found")!["where"]!.GetValue<string>();
                _world.Done["use"] = 1;
                return Task.CompletedTask;
            },
        }]);

        await ResumeAsync(mended);

        read.ShouldBe("pi2");
    }

    [Fact]
    public async Task A_plan_that_changed_is_not_resumed()
    {
        await RunAsync(_world.Plan(("a", [])));

        var error = await Should.ThrowAsync<BlackstartException>(() => ResumeAsync(_world.Plan(("a", []), ("b", []))));

        error.Code.ShouldBe("BS3006");
    }

    [Fact]
    public async Task A_tool_that_was_ended_for_the_times_sake_does_not_hide_that_the_gate_said_no()
    {
        var asked = 0;
        var plan = new Plan("test", Purpose.Recover, "lab", [new Step("wait", "wait", new Probe("wait", "it is there", async (_, cancellationToken) =>
        {
            if (asked++ == 0)
            {
                return ProbeAnswer.No("not there");
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new BlackstartException("BS4003", ExitCode.CouldNotVerify, "running kubectl", "it was ended", "try again");
        })) { Timeout = TimeSpan.FromMilliseconds(100) }]);

        var outcome = await RunAsync(plan);

        outcome["wait"].ErrorCode.ShouldBe("BS3007");
        outcome["wait"].Gate.CouldNotAsk.ShouldBeFalse();
        outcome["wait"].Gate.Reason.ShouldContain("not there");
    }

    [Fact]
    public async Task A_failure_that_a_stop_brings_about_is_no_failure()
    {
        using var stop = new CancellationTokenSource();
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("look") with
        {
            Action = async (_, _) =>
            {
                await stop.CancelAsync();
                throw new BlackstartException("BS4003", ExitCode.CouldNotVerify, "running kubectl", "it was ended", "resume");
            },
        }]);
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out _);

        var outcome = await World.NewRunner().StartAsync("run", plan, journal, _world, stop.Token);

        outcome["look"].Outcome.ShouldBe(StepOutcome.Cancelled);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_stops_every_step_before_the_run_ends()
    {
        FailingFile? file = null;
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, path => file = new FailingFile(path), out _);
        var isEnded = false;
        var begun = new TaskCompletionSource();
        var beside = _world.Step("beside") with
        {
            Action = async (_, cancellationToken) =>
            {
                begun.SetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                }
                finally
                {
                    isEnded = true;
                }
            },
        };
        var full = _world.Step("full") with
        {
            Action = async (context, _) =>
            {
                await begun.Task;
                file!.IsFull = true;
                context.Facts.Set("found", true);
            },
        };

        var error = await Should.ThrowAsync<BlackstartException>(() => World.NewRunner().StartAsync("run", new Plan("test", Purpose.Drill, "lab", [beside, full]), journal, _world, Cancel));

        error.Code.ShouldBe("BS3009");
        isEnded.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_line_that_could_not_be_written_leaves_the_journal_whole(bool isStuck)
    {
        FailingFile? file = null;
        using (var journal = Journal.Open(_folder.Root, TimeProvider.System, path => file = new FailingFile(path), out _))
        {
            journal.Append(JournalKinds.Fact, new JsonObject { ["name"] = "a", ["value"] = 1 });
            (file!.IsFull, file.IsStuck) = (true, isStuck);
            Should.Throw<BlackstartException>(() => journal.Append(JournalKinds.Fact, new JsonObject { ["name"] = "b", ["value"] = 1 })).Code.ShouldBe("BS3009");
            (file.IsFull, file.IsStuck) = (false, false);
            if (isStuck)
            {
                Should.Throw<BlackstartException>(() => journal.Append(JournalKinds.Fact, new JsonObject { ["name"] = "c", ["value"] = 1 })).Code.ShouldBe("BS3009");
            }
            else
            {
                journal.Append(JournalKinds.Fact, new JsonObject { ["name"] = "c", ["value"] = 1 });
            }
        }

        using (Journal.Open(_folder.Root, TimeProvider.System, out var entries))
        {
            entries.Select(e => e.Data["name"]!.GetValue<string>()).ShouldBe(isStuck ? ["a"] : ["a", "c"]);
        }
    }

    [Fact]
    public void A_journal_is_held_by_one_process_at_a_time()
    {
        using var first = Journal.Open(_folder.Root, TimeProvider.System, out _);

        Should.Throw<BlackstartException>(() => Journal.Open(_folder.Root, TimeProvider.System, out _)).Code.ShouldBe("BS3003");
    }

    [Fact]
    public void A_last_line_cut_short_by_a_kill_is_dropped_and_one_in_the_middle_is_not_overlooked()
    {
        using (var journal = Journal.Open(_folder.Root, TimeProvider.System, out _))
        {
            journal.Append(JournalKinds.Fact, new JsonObject { ["name"] = "a", ["value"] = 1 });
        }

        var path = Path.Combine(_folder.Root, Journal.FileName);
        File.AppendAllText(path, "{\"at\":\"2026");
        using (Journal.Open(_folder.Root, TimeProvider.System, out var entries))
        {
            entries.Count.ShouldBe(1);
        }

        File.AppendAllText(path, "{\"at\n{}\n");
        Should.Throw<BlackstartException>(() => Journal.Read(_folder.Root)).Code.ShouldBe("BS3004");
    }

    private async Task<RunOutcome> RunAsync(Plan plan)
    {
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out _);
        return await World.NewRunner().StartAsync("run", plan, journal, _world, Cancel);
    }

    private async Task<RunOutcome> ResumeAsync(Plan plan)
    {
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out var entries);
        return await World.NewRunner().ResumeAsync(RunHistory.Of(entries), plan, journal, _world, Cancel);
    }
}
