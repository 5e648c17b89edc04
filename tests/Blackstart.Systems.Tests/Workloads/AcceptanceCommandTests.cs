using Blackstart.Core.Estates;
using Blackstart.Core.Execution;
using Blackstart.Core.Planning;
using Blackstart.Systems.Tools;
using Blackstart.Systems.Workloads;

namespace Blackstart.Systems.Tests.Workloads;

public sealed class AcceptanceCommandTests
{
    [Theory]
    [InlineData("""echo '{"acknowledged":3,"recovered":3,"lost":0,"corrupted":0}'""", true, false)]
    [InlineData("""echo '{"acknowledged":3,"recovered":2,"lost":1,"corrupted":0,"details":["record 3 is missing"]}'; exit 1""", false, false)]
    [InlineData("""echo '{"acknowledged":3,"recovered":2,"lost":0,"corrupted":0}'; exit 1""", false, false)]
    [InlineData("""echo '{"acknowledged":3,"recovered":2,"lost":0,"corrupted":0}'""", false, true)]
    [InlineData("""echo '{"acknowledged":3,"recovered":3,"lost":0,"corrupted":0}'; exit 1""", false, true)]
    [InlineData("""echo '{"acknowledged":3,"recovered":4,"lost":-1,"corrupted":0}'""", false, true)]
    [InlineData("""echo '{"acknowledged":0,"recovered":0,"lost":0,"corrupted":0}'""", false, true)]
    [InlineData("""echo '{"acknowledged":3}'""", false, true)]
    [InlineData("echo fine", false, true)]
    [InlineData("echo no database >&2; exit 2", false, true)]
    public async Task The_counts_decide_and_what_cannot_be_counted_is_no_pass(string script, bool holds, bool unknown)
    {
        var settings = new ComponentSettings(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["acceptance"] = ["sh", "-c", script] });
        var probe = AcceptanceCommand.Probe(new Component("erp", "workload", Layer.S5, [], settings, null), new CommandLine(TimeProvider.System));

        var answer = await probe.AnswerAsync(new StepContext("verify", RunFacts.Transient(), new Progress<StepProgress>()), TestContext.Current.CancellationToken);

        answer.Holds.ShouldBe(holds, answer.Reason);
        answer.CouldNotAsk.ShouldBe(unknown, answer.Reason);
    }

    [Fact]
    public async Task What_was_counted_is_written_down_for_the_step_that_asked()
    {
        var settings = new ComponentSettings(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["acceptance"] = ["sh", "-c", """echo '{"acknowledged":3,"recovered":2,"lost":1,"corrupted":0}'; exit 1"""] });
        var probe = AcceptanceCommand.Probe(new Component("erp", "workload", Layer.S5, [], settings, null), new CommandLine(TimeProvider.System));
        var facts = RunFacts.Transient();

        await probe.AnswerAsync(new StepContext("verify/erp/data", facts, new Progress<StepProgress>()), TestContext.Current.CancellationToken);

        facts.All("acceptance/").ShouldHaveSingleItem().Name.ShouldBe("acceptance/verify/erp/data");
    }
}
