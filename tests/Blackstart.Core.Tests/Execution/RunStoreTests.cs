using Blackstart.Core.Errors;
using Blackstart.Core.Execution;

namespace Blackstart.Core.Tests.Execution;

public sealed class RunStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_never_wrote_a_whole_line_is_not_listed_and_cannot_be_read()
    {
        var store = new RunStore(_folder.Root, TimeProvider.System);
        Write("begun", "{}\n{\"at");
        Write("torn", "{\"at");
        Write("empty", "");
        Directory.CreateDirectory(_folder.Path("none"));

        store.List().ShouldBe(["begun"]);

        Should.Throw<BlackstartException>(() => store.Read("torn")).Code.ShouldBe("BS3004");
        Should.Throw<BlackstartException>(() => store.Read("empty")).Code.ShouldBe("BS3004");
        Should.Throw<BlackstartException>(() => store.Read("none")).Code.ShouldBe("BS3005");
    }

    [Fact]
    public void An_environment_has_one_run_at_a_time_and_the_next_is_told_which()
    {
        var store = new RunStore(_folder.Root, TimeProvider.System);
        using (var hold = store.Hold("lab"))
        {
            hold.For("a-long-name-of-a-run");
            hold.For("first");

            var error = Should.Throw<BlackstartException>(() => store.Hold("lab"));
            error.Code.ShouldBe("BS3011");
            error.Cause.ShouldBe("the run first is under way there");
            store.Hold("other").Dispose();
        }

        store.Hold("lab").Dispose();
        store.List().ShouldBeEmpty();
    }

    private void Write(string run, string journal)
    {
        Directory.CreateDirectory(_folder.Path(run));
        File.WriteAllText(Path.Combine(_folder.Path(run), Journal.FileName), journal);
    }
}
