using Blackstart.Core.Errors;
using Blackstart.Core.Estates;

namespace Blackstart.Core.Tests.Estates;

public sealed class EstateFinderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public EstateFinderTests()
    {
        Directory.CreateDirectory(_folder.Path("a/b"));
        File.WriteAllText(_folder.Path("blackstart.yaml"), "");
        File.WriteAllText(_folder.Path("a/other.yaml"), "");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_flag_wins_over_the_variable_and_that_over_the_nearest_file()
    {
        Find("other.yaml", _folder.Path("blackstart.yaml"), "a").ShouldBe(_folder.Path("a/other.yaml"));
        Find(null, _folder.Path("a/other.yaml"), "a/b").ShouldBe(_folder.Path("a/other.yaml"));
        Find(null, null, "a/b").ShouldBe(_folder.Path("blackstart.yaml"));
        Find("", "", "a/b").ShouldBe(_folder.Path("blackstart.yaml"));
        File.WriteAllText(_folder.Path("a/blackstart.yaml"), "");
        Find(null, null, "a/b").ShouldBe(_folder.Path("a/blackstart.yaml"));
    }

    [Fact]
    public void What_is_named_must_be_there()
    {
        Should.Throw<BlackstartException>(() => Find("none.yaml", null, "a")).Code.ShouldBe("BS1031");
        Should.Throw<BlackstartException>(() => Find(null, "/none.yaml", "a")).Code.ShouldBe("BS1031");
        File.Delete(_folder.Path("blackstart.yaml"));
        var thrown = Should.Throw<BlackstartException>(() => Find(null, null, "a/b"));
        thrown.Code.ShouldBe("BS1030");
        thrown.ExitCode.ShouldBe(ExitCode.InvalidInput);
    }

    private string Find(string? flag, string? variable, string folder) =>
        EstateFinder.Find(flag, name => name == "BLACKSTART_CONFIG" ? variable : null, _folder.Path(folder));
}
