using Blackstart.Core.Conducting;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Evidence;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;
using Blackstart.Core.Tests.Execution;
using Blackstart.Core.Tests.Planning;

namespace Blackstart.Core.Tests.Conducting;

public sealed class ConductorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<string> _healthy = [];
    private readonly RunStore _runs;
    private readonly Conductor _conductor;
    private int _faults;

    public ConductorTests()
    {
        var estate = new Estate(
            "test",
            "/nowhere/blackstart.yaml",
            [new EstateEnvironment("lab", EnvironmentRole.Sandbox, [], null, null, null, null, null, [], new Dictionary<string, IReadOnlyList<string>>())],
            [new Component("erp", "app", Layer.S1, [], ComponentSettings.Empty, null)],
            new Objectives(TimeSpan.FromMinutes(5), TimeSpan.Zero));
        _runs = new RunStore(_folder.Path("runs"), TimeProvider.System);
        _conductor = new Conductor(
            estate,
            new ComponentTypes([new FakeComponentType("app", _healthy)]),
            [new Drill("idle", "", (_, _) => new DrillSteps(Moment("undo", () => { }), [Moment("fault/idle", () => _faults++)]))],
            World.OpenBoundary,
            _runs,
            new EvidenceStore(_folder.Path("evidence"), TimeProvider.System),
            TimeProvider.System,
            new RunnerOptions { FirstPoll = TimeSpan.FromMilliseconds(1) });
        Environment = estate.Environments[0];
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private EstateEnvironment Environment { get; }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_is_not_resumed_once_a_newer_one_was_at_work_on_its_environment()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var older = (await _conductor.StartAsync(_conductor.PlanRecovery(Environment), new World(), stop.Token)).Result["run"]!.GetValue<string>();
        var newer = (await StartAsync(_conductor.PlanRecovery(Environment))).Result["run"]!.GetValue<string>();

        var error = await Should.ThrowAsync<BlackstartException>(() => _conductor.ResumeAsync(older, new World(), Cancel));

        error.Code.ShouldBe("BS3012");
        error.Cause.ShouldContain(newer);
    }

    [Fact]
    public async Task Evidence_that_cannot_be_sealed_takes_nothing_from_the_result_and_is_sealed_late()
    {
        await File.WriteAllTextAsync(_folder.Path("evidence"), "no folder", Cancel);

        var report = await StartAsync(_conductor.PlanRecovery(Environment));

        report.Result["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        report.Evidence.ShouldBeNull();
        report.SealingFailure!.Code.ShouldBe("BS3104");
        report.ExitCode.ShouldBe(ExitCode.CouldNotVerify);
        report.ToJson()["evidence"].ShouldBeNull();

        File.Delete(_folder.Path("evidence"));
        var late = await _conductor.ResumeAsync(_runs.List()[0], new World(), Cancel);
        late.Evidence.ShouldNotBeNull();
        late.ExitCode.ShouldBe(ExitCode.Done);
    }

    [Fact]
    public async Task Evidence_that_cannot_be_sealed_does_not_hold_up_a_recovery()
    {
        await File.WriteAllTextAsync(_folder.Path("evidence"), "no folder", Cancel);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        (await _conductor.StartAsync(_conductor.PlanRecovery(Environment), new World(), stop.Token)).Result["verdict"]!.GetValue<string>().ShouldBe("Aborted");

        var report = await _conductor.ResumeAsync(_runs.List()[0], new World(), Cancel);

        report.Result["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        _healthy.ShouldContain("erp");
    }

    [Fact]
    public async Task A_drill_whose_steady_state_failed_is_not_run_again_by_resuming_it()
    {
        var report = await StartAsync(Hurried(_conductor.PlanDrill("idle", Environment)));
        report.Result["resumable"]!.GetValue<bool>().ShouldBeFalse();
        _healthy.Add("erp");
        var run = _runs.List()[0];
        var before = _runs.Read(run).Endings;

        var again = await _conductor.ResumeAsync(run, new World(), Cancel);

        again.Result["verdict"]!.GetValue<string>().ShouldBe("CouldNotVerify");
        again.Evidence.ShouldNotBeNull();
        _runs.Read(run).Endings.ShouldBe(before);
        _faults.ShouldBe(0);
    }

    [Fact]
    public async Task A_drill_whose_check_stayed_green_is_not_run_again_by_resuming_it()
    {
        _healthy.Add("erp");

        var report = await StartAsync(Hurried(_conductor.PlanDrill("idle", Environment)));

        report.Result["reason"]!.GetValue<string>().ShouldContain("never seen red");
        report.Result["resumable"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task A_second_run_in_the_same_environment_is_refused()
    {
        using var hold = _runs.Hold("lab");
        hold.For("first");

        var error = await Should.ThrowAsync<BlackstartException>(() => StartAsync(_conductor.PlanRecovery(Environment)));

        error.Code.ShouldBe("BS3011");
        _runs.List().ShouldBeEmpty();
        _healthy.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_is_not_resumed_while_another_has_its_environment()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await _conductor.StartAsync(_conductor.PlanRecovery(Environment), new World(), stop.Token);
        using var hold = _runs.Hold("lab");

        (await Should.ThrowAsync<BlackstartException>(() => _conductor.ResumeAsync(_runs.List()[0], new World(), Cancel))).Code.ShouldBe("BS3011");
    }

    private static Plan Hurried(Plan plan) =>
        new(plan.Name, plan.Purpose, plan.Environment, plan.Steps.Select(s => s.IsMoment ? s with { Timeout = TimeSpan.FromMilliseconds(100) } : s));

    private static Step Moment(string id, Action act) => new(id, id, new Probe(id, id, (_, _) => Task.FromResult(ProbeAnswer.Yes("done"))))
    {
        Action = (_, _) =>
        {
            act();
            return Task.CompletedTask;
        },
    };

    private Task<RunReport> StartAsync(Plan plan) => _conductor.StartAsync(plan, new World(), Cancel);
}
