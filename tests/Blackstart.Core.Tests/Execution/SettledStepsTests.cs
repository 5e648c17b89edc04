using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Tests.Execution;

public sealed class SettledStepsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly World _world = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_step_about_a_moment_is_not_asked_again_though_its_gate_no_longer_holds()
    {
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("look") with { IsMoment = true, Action = null }, _world.Step("act", "look")]);
        _world.Done["look"] = 1;
        await RunAsync(plan);
        _world.Done.Clear();

        var resumed = await ResumeAsync(plan);

        resumed["look"].Outcome.ShouldBe(StepOutcome.Succeeded);
        resumed["act"].Outcome.ShouldBe(StepOutcome.Succeeded);
    }

    [Fact]
    public async Task A_step_that_is_still_needed_is_done_again_when_it_no_longer_holds()
    {
        var attach = _world.Step("attach");
        var broken = new Plan("test", Purpose.Drill, "lab", [attach, _world.Step("write", "attach") with { Action = (_, _) => throw new InvalidOperationException("killed") }]);
        await RunAsync(broken);
        _world.Done.Clear();

        var resumed = await ResumeAsync(_world.Plan(("attach", []), ("write", ["attach"])));

        _world.Violations.ShouldBeEmpty();
        resumed.Steps.ShouldAllBe(s => s.Outcome == StepOutcome.Succeeded);
    }

    [Fact]
    public async Task A_step_that_later_steps_undid_on_purpose_is_left_alone()
    {
        var plan = new Plan("test", Purpose.Drill, "lab", [_world.Step("attach") with { UndoneBy = "detach" }, _world.Step("detach", "attach"), _world.Step("last", "detach")]);
        await RunAsync(plan);
        _world.Done.Clear();
        _world.Done["detach"] = 1;

        await ResumeAsync(plan);

        _world.Done.ShouldNotContainKey("attach");
        _world.Done.ShouldContainKey("last");
    }

    [Fact]
    public async Task A_step_whose_undoing_is_not_done_yet_is_asked_again()
    {
        var broken = new Plan("test", Purpose.Drill, "lab", [_world.Step("attach") with { UndoneBy = "detach" }, _world.Step("detach", "attach") with { Action = (_, _) => throw new InvalidOperationException("killed") }]);
        await RunAsync(broken);
        _world.Done.Clear();

        await ResumeAsync(new Plan("test", Purpose.Drill, "lab", [_world.Step("attach") with { UndoneBy = "detach" }, _world.Step("detach", "attach")]));

        _world.Violations.ShouldBeEmpty();
        _world.Done["attach"].ShouldBe(1);
    }

    [Fact]
    public async Task A_second_outage_has_a_step_done_again_though_all_that_waited_for_it_was_done()
    {
        var plan = _world.Plan(("unseal", []), ("login", ["unseal"]), ("last", ["login"]));
        await RunAsync(plan);
        _world.Done.TryRemove("unseal", out _);

        var resumed = await ResumeAsync(plan);

        resumed["unseal"].Outcome.ShouldBe(StepOutcome.Succeeded);
        resumed["login"].Outcome.ShouldBe(StepOutcome.AlreadyMet);
        _world.Done["unseal"].ShouldBe(1);
        _world.Done["login"].ShouldBe(1);
    }

    private async Task RunAsync(Plan plan)
    {
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out _);
        await World.NewRunner().StartAsync("run", plan, journal, _world, TestContext.Current.CancellationToken);
    }

    private async Task<RunOutcome> ResumeAsync(Plan plan)
    {
        using var journal = Journal.Open(_folder.Root, TimeProvider.System, out var entries);
        return await World.NewRunner().ResumeAsync(RunHistory.Of(entries), plan, journal, _world, TestContext.Current.CancellationToken);
    }
}
