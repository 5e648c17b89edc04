using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Core.Tests.Execution;
using Blackstart.Core.Verdicts;

namespace Blackstart.Core.Tests.Planning;

/// <summary>What a drill's verdict says, over components that are one boolean each.</summary>
public sealed class DrillTests : IDisposable
{
    private static readonly string[] All = ["cluster", "longhorn", "vault", "erp"];

    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<string> _healthy = [.. All];
    private readonly RecoveryPlanner _planner;
    private readonly Estate _estate;

    public DrillTests()
    {
        _planner = new RecoveryPlanner(new ComponentTypes([new FakeComponentType("cluster", _healthy, startsByItself: true), new FakeComponentType("app", _healthy)]));
        _estate = new Estate(
            "test",
            "/nowhere/blackstart.yaml",
            [new EstateEnvironment("lab", EnvironmentRole.Sandbox, [], null, null, null, null, null, [], new Dictionary<string, IReadOnlyList<string>>())],
            [Component("cluster", "cluster"), Component("longhorn", "app", "cluster"), Component("vault", "app", "longhorn"), Component("erp", "app", "vault")],
            new Objectives(TimeSpan.FromMinutes(5), TimeSpan.Zero));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_order_follows_from_the_estates_dependencies()
    {
        var plan = _planner.Build(_estate, _estate.Environments[0]);

        plan["erp/start"].DependsOn.ShouldBe(["vault/start"]);
        plan["vault/start"].DependsOn.ShouldBe(["longhorn/start"]);
        plan["longhorn/start"].DependsOn.ShouldBe(["cluster/start"]);
        plan["verify/vault/well"].DependsOn.ShouldBe(["erp/start"]);
    }

    [Fact]
    public async Task A_drill_that_broke_everything_and_brought_it_back_is_Recovered()
    {
        var (outcome, judgement) = await RunAsync(Breaks(All));

        judgement.Verdict.ShouldBe(Verdict.Recovered, judgement.Reason);
        judgement.ExitCode.ShouldBe(ExitCode.Done);
        outcome.Steps.Where(s => s.Id.StartsWith("detect/", StringComparison.Ordinal)).ShouldAllBe(s => s.IsDone);
    }

    [Fact]
    public async Task A_drill_whose_fault_did_nothing_is_CouldNotVerify()
    {
        var (_, judgement) = await RunAsync(Breaks([]));

        judgement.Verdict.ShouldBe(Verdict.CouldNotVerify);
        judgement.ExitCode.ShouldBe(ExitCode.CouldNotVerify);
    }

    [Fact]
    public async Task One_check_that_stays_green_is_enough_for_CouldNotVerify_and_the_rest_is_recovered_all_the_same()
    {
        var (outcome, judgement) = await RunAsync(Breaks(["cluster", "longhorn", "erp"]));

        judgement.Verdict.ShouldBe(Verdict.CouldNotVerify);
        judgement.Reason.ShouldContain("detect/vault/well");
        outcome["erp/start"].IsDone.ShouldBeTrue();
    }

    [Fact]
    public async Task A_steady_state_that_does_not_hold_breaks_nothing()
    {
        _healthy.Remove("vault");
        var isBroken = false;

        var (outcome, judgement) = await RunAsync(Breaks(All, () => isBroken = true), steadyTimeout: TimeSpan.FromMilliseconds(50));

        isBroken.ShouldBeFalse();
        judgement.Verdict.ShouldBe(Verdict.CouldNotVerify);
        judgement.Reason.ShouldContain("nothing was broken");
        outcome["fault/break"].Outcome.ShouldBe(StepOutcome.Blocked);
    }

    [Fact]
    public async Task What_comes_back_with_the_power_is_asked_while_it_is_out()
    {
        var plan = new DrillPlanner(_planner).Build(Breaks(All), _estate, _estate.Environments[0]);

        plan["detect/cluster/well"].DependsOn.ShouldBe(["fault/break"]);
        plan["fault/return"].After.ShouldContain("detect/cluster/well");
        plan["detect/vault/well"].DependsOn.ShouldBe(["fault/return"]);
        (await RunAsync(Breaks(All))).Outcome["detect/cluster/well"].IsDone.ShouldBeTrue();
    }

    [Fact]
    public async Task Lost_records_are_not_recovered_whatever_the_gates_say()
    {
        var (outcome, _) = await RunAsync(Breaks(All));
        var facts = RunFacts.Transient();
        facts.Set("acceptance/cleanup/verify/erp/well", new JsonObject { ["acknowledged"] = 10, ["recovered"] = 10, ["lost"] = 0, ["corrupted"] = 0 });
        facts.Set("acceptance/steady/erp/well", new JsonObject { ["acknowledged"] = 5, ["recovered"] = 5, ["lost"] = 0, ["corrupted"] = 0 });
        facts.Set("acceptance/verify/erp/well", new JsonObject { ["acknowledged"] = 10, ["recovered"] = 9, ["lost"] = 1, ["corrupted"] = 0 });
        var plan = new DrillPlanner(_planner).Build(Breaks(All), _estate, _estate.Environments[0]);
        outcome = outcome with { Facts = facts };
        var measurement = Measure.Of(plan, outcome, _estate.Objectives);

        var judgement = Judge.Of(plan, outcome, measurement);

        measurement.DataLoss.ShouldBe(new DataLoss(10, 9, 1));
        judgement.Verdict.ShouldBe(Verdict.NotRecovered);
        judgement.ExitCode.ShouldBe(ExitCode.Negative);
    }

    [Fact]
    public async Task Where_nobody_counts_the_data_the_verdict_claims_nothing_of_it()
    {
        var (_, judgement) = await RunAsync(Breaks(All));

        judgement.Reason.ShouldBe("every gate held; no acceptance command is declared, so nobody counted the data");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    public void One_lost_record_is_one_too_many_whatever_the_declared_RPO(int rpo)
    {
        var objectives = new Objectives(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(rpo));

        new Measurement(objectives, null, new DataLoss(10, 9, 1)).MeetsRpo.ShouldBe(false);
        new Measurement(objectives, null, new DataLoss(10, 10, 0)).MeetsRpo.ShouldBe(true);
    }

    [Fact]
    public async Task The_proof_of_the_data_is_a_check_like_all_others_green_before_the_fault_and_red_after_it()
    {
        var planner = WithAcceptance(name => _healthy.Contains(name) ? ProbeAnswer.Yes("all there") : ProbeAnswer.Unknown("no database"));
        var plan = new DrillPlanner(planner).Build(Breaks(All), _estate, _estate.Environments[0]);

        plan["steady/erp/data"].AsksOnce.ShouldBeTrue();
        plan["steady/erp/data"].Timeout.ShouldBe(RecoveryPlanner.VerificationTimeout);
        plan["undo"].DependsOn.ShouldContain("steady/erp/data");
        plan["detect/erp/data"].AsksOnce.ShouldBeFalse();
        plan["detect/erp/data"].Timeout.ShouldBe(DrillPlanner.DetectionTimeout);
        plan["erp/start"].After.ShouldContain("detect/erp/data");
        var (_, judgement) = await RunAsync(Breaks(All), planner: planner);
        judgement.Verdict.ShouldBe(Verdict.Recovered, judgement.Reason);
    }

    [Fact]
    public async Task A_proof_that_stays_green_after_the_fault_proves_nothing()
    {
        var (_, judgement) = await RunAsync(Breaks(All), planner: WithAcceptance(_ => ProbeAnswer.Yes("all there")));

        judgement.Verdict.ShouldBe(Verdict.CouldNotVerify);
        judgement.Reason.ShouldContain("/data");
        judgement.Reason.ShouldContain("never seen red");
    }

    [Fact]
    public async Task What_the_wrong_way_cost_stands_though_cleanup_mends_it_and_the_run_is_resumed()
    {
        var plan = new DrillPlanner(_planner).Build(WrongWay(), _estate, _estate.Environments[0]);
        var brief = new Plan(plan.Name, plan.Purpose, plan.Environment, plan.Steps.Select(s => s.Stage == Stage.Verification ? s with { Timeout = TimeSpan.FromMilliseconds(50) } : s));
        RunOutcome outcome;
        using (var journal = Journal.Open(_folder.Root, TimeProvider.System, out _))
        {
            outcome = await World.NewRunner().StartAsync("run", brief, journal, new World(), TestContext.Current.CancellationToken);
            Judged(brief, outcome).Verdict.ShouldBe(Verdict.NotRecovered);
            outcome["cleanup/mend"].IsDone.ShouldBeTrue();
        }

        using var again = Journal.Open(_folder.Root, TimeProvider.System, out var entries);
        var resumed = await World.NewRunner().ResumeAsync(RunHistory.Of(entries), brief, again, new World(), TestContext.Current.CancellationToken);

        resumed["verify/erp/well"].Outcome.ShouldBe(StepOutcome.Failed);
        Judged(brief, resumed).Verdict.ShouldBe(Verdict.NotRecovered);
        RunResult.Of(brief, resumed, Measure.Of(brief, resumed, _estate.Objectives), Judged(brief, resumed))["resumable"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task The_wrong_way_neither_verifies_nor_cleans_up_where_nothing_was_broken()
    {
        _healthy.Remove("vault");

        var (outcome, judgement) = await RunAsync(WrongWay(), steadyTimeout: TimeSpan.FromMilliseconds(50));

        outcome["verify/erp/well"].Outcome.ShouldBe(StepOutcome.Blocked);
        outcome["cleanup/mend"].Outcome.ShouldBe(StepOutcome.Blocked);
        judgement.Verdict.ShouldBe(Verdict.CouldNotVerify);
        judgement.ExitCode.ShouldBe(ExitCode.CouldNotVerify);
    }

    [Fact]
    public async Task A_fault_that_failed_is_judged_before_anything_that_looks_like_a_loss()
    {
        var (outcome, _) = await RunAsync(Breaks(All));
        var plan = new DrillPlanner(_planner).Build(Breaks(All), _estate, _estate.Environments[0]);
        outcome = outcome with
        {
            Steps = [.. outcome.Steps.Select(s => s.Id is "fault/return" or "verify/erp/well" ? s with { Outcome = StepOutcome.Failed, Gate = ProbeAnswer.No("no") } : s)],
        };

        var judgement = Judged(plan, outcome);

        judgement.Verdict.ShouldBe(Verdict.CouldNotVerify);
        judgement.Reason.ShouldStartWith("fault/return");
    }

    [Theory]
    [InlineData(false, Verdict.NotRecovered)]
    [InlineData(true, Verdict.CouldNotVerify)]
    public async Task A_gate_that_did_not_hold_in_time_is_a_no_only_if_it_was_asked(bool couldNotAsk, Verdict verdict)
    {
        var answer = couldNotAsk ? ProbeAnswer.Unknown("no answer") : ProbeAnswer.No("not there");
        var plan = new Plan("recover", Purpose.Recover, "lab", [new Step("wait", "wait", new Probe("wait", "it is there", (_, _) => Task.FromResult(answer))) { Timeout = TimeSpan.FromMilliseconds(50) }]);
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out _);

        var outcome = await World.NewRunner().StartAsync("run", plan, journal, new World(), TestContext.Current.CancellationToken);

        outcome["wait"].ErrorCode.ShouldBe("BS3007");
        Judged(plan, outcome).Verdict.ShouldBe(verdict);
    }

    [Fact]
    public async Task A_recovery_later_than_its_objective_is_told_by_the_exit_code()
    {
        var (outcome, _) = await RunAsync(Breaks(All));
        var plan = new DrillPlanner(_planner).Build(Breaks(All), _estate, _estate.Environments[0]);
        var measurement = Measure.Of(plan, outcome, new Objectives(TimeSpan.FromTicks(1), TimeSpan.Zero));

        var judgement = Judge.Of(plan, outcome, measurement);

        judgement.Verdict.ShouldBe(Verdict.Recovered);
        judgement.ExitCode.ShouldBe(ExitCode.Negative);
    }

    [Fact]
    public async Task A_recovery_step_that_fails_is_NotRecovered_and_one_that_could_not_be_asked_is_CouldNotVerify()
    {
        (await JudgeFailureAsync(ExitCode.Negative)).Verdict.ShouldBe(Verdict.NotRecovered);
        (await JudgeFailureAsync(ExitCode.CouldNotVerify)).Verdict.ShouldBe(Verdict.CouldNotVerify);
        (await JudgeFailureAsync(ExitCode.Refused)).ExitCode.ShouldBe(ExitCode.Refused);
    }

    private static Component Component(string name, string type, params string[] dependsOn) => new(name, type, Layer.S1, dependsOn, ComponentSettings.Empty, null);

    private RecoveryPlanner WithAcceptance(Func<string, ProbeAnswer> acceptance) =>
        new(new ComponentTypes([new FakeComponentType("cluster", _healthy, startsByItself: true), new FakeComponentType("app", _healthy, acceptance: acceptance)]));

    /// <summary>Nothing is recovered; cleanup makes everything well.</summary>
    private Drill WrongWay() => new("wrong", "", (estate, environment) => Breaks(All).Build(estate, environment) with
    {
        InsteadOfRecovery = [new Step("hope", "hope", Done("returned"))],
        Cleanup =
        [
            new Step("cleanup/mend", "mend", Done("mended"))
            {
                Action = (context, _) =>
                {
                    _healthy.UnionWith(All);
                    return Mark(context, "mended");
                },
            },
        ],
    });

    private Judgement Judged(Plan plan, RunOutcome outcome) => Judge.Of(plan, outcome, Measure.Of(plan, outcome, _estate.Objectives));

    private async Task<Judgement> JudgeFailureAsync(ExitCode code)
    {
        _healthy.Clear();
        var steps = _planner.RecoverySteps(_estate, _estate.Environments[0]).Select(s => s.Id == "cluster/start"
            ? s with { Action = (_, _) => throw new BlackstartException("BS9999", code, "trying", "no", "mend it") }
            : s);
        var plan = new Plan("recover", Purpose.Recover, "lab", steps);
        using var folder = new TemporaryFolder();
        using var journal = Journal.Open(folder.Root, TimeProvider.System, out _);
        var outcome = await World.NewRunner().StartAsync("run", plan, journal, new World(), TestContext.Current.CancellationToken);
        return Judge.Of(plan, outcome, Measure.Of(plan, outcome, _estate.Objectives));
    }

    private Drill Breaks(string[] broken, Action? tell = null) => new("break", "", (_, _) => new DrillSteps(
        new Step("undo", "undo", Done("undo")) { Action = (context, _) => Mark(context, "undo") },
        [
            new Step("fault/break", "break", Done("broken")) { Effect = Effect.Destroy, Targets = [Target.Kubernetes], Action = (context, _) =>
            {
                tell?.Invoke();
                _healthy.ExceptWith(broken);
                return Mark(context, "broken");
            } },
            new Step("fault/return", "return", Done("returned")) { Effect = Effect.Change, Targets = [Target.Kubernetes], Action = (context, _) =>
            {
                _healthy.Add("cluster");
                return Mark(context, "returned");
            } },
        ]));

    private static Probe Done(string fact) => new(fact, fact, (context, _) => Task.FromResult(context.Facts.Find(fact) is null ? ProbeAnswer.No("no") : ProbeAnswer.Yes("yes")));

    private static Task Mark(StepContext context, string fact)
    {
        context.Facts.Set(fact, true);
        return Task.CompletedTask;
    }

    private async Task<(RunOutcome Outcome, Judgement Judgement)> RunAsync(Drill drill, TimeSpan? steadyTimeout = null, RecoveryPlanner? planner = null)
    {
        var built = new DrillPlanner(planner ?? _planner).Build(drill, _estate, _estate.Environments[0]);
        var plan = new Plan(built.Name, built.Purpose, built.Environment, built.Steps.Select(s => s.Stage switch
        {
            Stage.SteadyState => s with { Timeout = steadyTimeout ?? s.Timeout },
            Stage.Detection => s with { Timeout = TimeSpan.FromMilliseconds(100) },
            _ => s,
        }));
        using var folder = new TemporaryFolder();
        using var journal = Journal.Open(folder.Root, TimeProvider.System, out _);
        var outcome = await World.NewRunner().StartAsync("run", plan, journal, new World(), TestContext.Current.CancellationToken);
        return (outcome, Judge.Of(plan, outcome, Measure.Of(plan, outcome, _estate.Objectives)));
    }
}
