using Blackstart.Core.Errors;
using Blackstart.Systems.Vault;

namespace Blackstart.Systems.Tests.Vault;

public sealed class UnsealKeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blackstart-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_strict_file_gives_its_keys() => UnsealKeyFile.Read(Write("a\n\n b \n", UnixFileMode.UserRead | UnixFileMode.UserWrite)).ShouldBe(["a", "b"]);

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_touch_is_not_read(UnixFileMode loose)
    {
        var path = Write("a", UnixFileMode.UserRead | UnixFileMode.UserWrite | loose);

        var error = Should.Throw<BlackstartException>(() => UnsealKeyFile.Read(path));

        error.Code.ShouldBe("BS4203");
        error.Remedy.ShouldContain($"chmod 600 {path}");
        error.Message.ShouldNotContain("\"a\"");
    }

    [Fact]
    public void A_missing_file_a_link_and_an_empty_file_are_told_apart()
    {
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, Write("a", UnixFileMode.UserRead));

        Should.Throw<BlackstartException>(() => UnsealKeyFile.Read(null)).Code.ShouldBe("BS4202");
        Should.Throw<BlackstartException>(() => UnsealKeyFile.Read(Path.Combine(_folder, "none"))).Code.ShouldBe("BS4202");
        Should.Throw<BlackstartException>(() => UnsealKeyFile.Read(link)).Code.ShouldBe("BS4202");
        Should.Throw<BlackstartException>(() => UnsealKeyFile.Read(Write(" \n", UnixFileMode.UserRead))).Code.ShouldBe("BS4204");
    }

    private string Write(string text, UnixFileMode mode)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
