namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>What the pages tell people to type can be typed: the command, its options and their choices, the make target, the script are there.</summary>
public sealed class DocumentedCommandsTests
{
    public static TheoryData<string> Pages => [.. Repository.Documents];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_command_of_a_page_exists(string page)
    {
        var markdown = new MarkdownPage(await File.ReadAllTextAsync(Path.Combine(Repository.Root, page), TestContext.Current.CancellationToken));
        var faults = new List<string>();
        foreach (var line in markdown.CommandLines())
        {
            faults.AddRange(await DocumentedCommand.FaultsAsync(line, isMention: false));
        }

        foreach (var span in markdown.CodeSpans().Where(s => !s.Contains('…', StringComparison.Ordinal)))
        {
            faults.AddRange(await DocumentedCommand.FaultsAsync(span, isMention: true));
        }

        faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("blackstart lab upp")]
    [InlineData("./blackstart recover --plann")]
    [InlineData("blackstart recover --output xml")]
    [InlineData("blackstart lab acceptance invoices")]
    [InlineData("blackstart lab")]
    [InlineData("blackstart resume RUN TWICE")]
    [InlineData("status=$(./blackstart lab statu --output json)")]
    [InlineData("make rehears")]
    [InlineData("scripts/nothing")]
    public async Task A_command_that_does_not_exist_is_found(string line) =>
        (await DocumentedCommand.FaultsAsync(line, isMention: false)).ShouldNotBeEmpty();

    [Theory]
    [InlineData("blackstart recover --plan --environment lab")]
    [InlineData("status=$(./blackstart lab status --output json)")]
    [InlineData("BLACKSTART_STATE=/tmp/x blackstart resume last -o json")]
    [InlineData("make test")]
    public async Task A_command_that_exists_is_not(string line) =>
        (await DocumentedCommand.FaultsAsync(line, isMention: false)).ShouldBeEmpty();

    [Fact]
    public void Commands_are_found_in_blocks_and_in_running_text()
    {
        var page = new MarkdownPage("Type `make test`:\n```console\n$ blackstart lab up   # a while\nthe lab is up\n```\n```sh\nmake build\n```\n");

        page.CommandLines().ShouldBe(["make build", "blackstart lab up"]);
        page.CodeSpans().ShouldBe(["make test"]);
    }
}
