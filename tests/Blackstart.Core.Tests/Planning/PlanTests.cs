using Blackstart.Core.Errors;
using Blackstart.Core.Planning;
using Blackstart.Core.Tests.Execution;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Core.Tests.Planning;

public sealed class PlanTests
{
    private readonly World _world = new();

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var error = Should.Throw<BlackstartException>(() => new Plan("test", Purpose.Recover, "lab",
        [
            _world.Step("a", "b"), _world.Step("b", "c"), _world.Step("c", "a"), _world.Step("d", "nowhere"), _world.Step("d"),
            _world.Step("e") with { Targets = [] }, _world.Step("f") with { UndoneBy = "elsewhere" },
        ]));

        error.Code.ShouldBe("BS3001");
        error.Message.ShouldContain("a → b → c → a");
        error.Message.ShouldContain("'nowhere'");
        error.Message.ShouldContain("'d' stands 2 times");
        error.Message.ShouldContain("'f' is undone by 'elsewhere'");
        error.Message.ShouldContain("'e' has an effect but names no target");
    }

    [Fact]
    public void A_long_chain_is_no_trouble()
    {
        var plan = new Plan("test", Purpose.Recover, "lab", Enumerable.Range(0, 20_000).Select(i => i == 0 ? _world.Step("s0") : _world.Step($"s{i}", $"s{i - 1}")));

        plan.Steps[^1].Id.ShouldBe("s19999");
    }

    [Fact]
    public void Steps_stand_after_all_they_wait_for()
    {
        var graphs = from size in Gen.Choose(1, 30)
                     from rows in Gen.ArrayOf(Gen.ArrayOf(Gen.Elements(true, false, false), 30), size)
                     from seed in Gen.Choose(0, int.MaxValue)
                     select (rows, seed);
        Prop.ForAll(graphs.ToArbitrary(), g =>
        {
            var steps = g.rows.Select((row, i) => _world.Step($"s{i}", [.. Enumerable.Range(0, i).Where(j => row[j]).Select(j => $"s{j}")])).ToArray();
            new Random(g.seed).Shuffle(steps);
            var plan = new Plan("test", Purpose.Recover, "lab", steps);
            var place = plan.Steps.Select((s, i) => (s.Id, i)).ToDictionary(p => p.Id, p => p.i, StringComparer.Ordinal);
            return plan.Steps.Count == steps.Length && plan.Steps.All(s => s.DependsOn.All(d => place[d] < place[s.Id]));
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void The_digest_tells_plans_apart_and_is_the_same_for_the_same_plan()
    {
        var plan = _world.Plan(("a", []), ("b", ["a"]));

        _world.Plan(("a", []), ("b", ["a"])).Digest.ShouldBe(plan.Digest);
        _world.Plan(("a", []), ("b", [])).Digest.ShouldNotBe(plan.Digest);
    }
}
