using Blackstart.Systems.Nodes;
using Blackstart.Systems.Tools;
using FsCheck.Fluent;

namespace Blackstart.Systems.Tests.Nodes;

/// <summary>Words that go through a shell, held against a real one.</summary>
public sealed class ShellQuotingTests
{
    private const string Nasty = "ab \t\n'\"\\$`!*?[]{}()<>|&;#~=%-äß漢🙂";

    [Fact]
    public async Task A_shell_gives_every_word_back_as_it_was()
    {
        var words = Gen.Choose(0, Nasty.Length - 2)
            .Select(i => char.IsHighSurrogate(Nasty[i]) || char.IsLowSurrogate(Nasty[i]) ? "🙂" : Nasty[i].ToString())
            .ListOf()
            .Select(string.Concat)
            .ListOf()
            .Where(l => l.Count > 0)
            .Sample(60, 12)
            .SelectMany(l => l)
            .Concat(["", "'", "''", "-n", "\n", "$(id)", "a'b'c", "\\'", "!!", "x\n'y'\n"])
            .ToList();

        var echoed = await new CommandLine(TimeProvider.System).RunAsync(
            new Command("sh", "-c", $"for w in {ShellQuoting.Join(words)}; do printf '%s\\001' \"$w\"; done"),
            TestContext.Current.CancellationToken);

        echoed.StandardOutput.Split('\u0001')[..^1].ShouldBe(words);
    }

    [Fact]
    public async Task A_script_within_a_script_is_taken_as_it_was()
    {
        var script = SshNodeRunner.ProvedScript("/etc/hostname", "x'y", ["echo", "it's \"$HOME\"", "a\nb"]);
        var outer = ShellQuoting.Join(["sh", "-c", script]);
        var line = new CommandLine(TimeProvider.System);

        var stranger = await line.TryRunAsync(new Command("sh", "-c", outer), TestContext.Current.CancellationToken);
        stranger.ExitCode.ShouldBe(86);

        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "x'y\n", TestContext.Current.CancellationToken);
        var known = await line.TryRunAsync(
            new Command("sh", "-c", ShellQuoting.Join(["sh", "-c", SshNodeRunner.ProvedScript(file, "x'y", ["printf", "%s|", "it's \"$HOME\"", "a\nb"])])),
            TestContext.Current.CancellationToken);
        File.Delete(file);
        known.ExitCode.ShouldBe(0, known.StandardError);
        known.StandardOutput.ShouldBe("it's \"$HOME\"|a\nb|");
    }

    [Fact]
    public void A_word_with_a_NUL_is_refused() => Should.Throw<ArgumentException>(() => ShellQuoting.Quote("a\0b"));
}
