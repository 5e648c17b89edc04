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

    private async Task<(RunOutcome Outcome, Judgement Judgement)> RunAsync(Drill drill, TimeSpan? steadyTimeout = null)
    {
        var built = new DrillPlanner(_planner).Build(drill, _estate, _estate.Environments[0]);
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
