namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>Links between pages lead somewhere.</summary>
public sealed class DocumentedLinksTests
{
    public static TheoryData<string> Pages => [.. Repository.Documents];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_of_a_page_leads_somewhere(string page) => Dead(Path.Combine(Repository.Root, page)).ShouldBeEmpty();

    [Fact]
    public void A_link_that_leads_nowhere_is_found()
    {
        var folder = Directory.CreateTempSubdirectory("blackstart-docs-");
        try
        {
            var page = Path.Combine(folder.FullName, "page.md");
            File.WriteAllText(page, "# A heading, with `code`\n[here](#a-heading-with-code) [self](page.md) [web](https://example.org) [gone](gone.md) [nowhere](page.md#gone)\n");

            Dead(page).ShouldBe(["gone.md", "page.md#gone"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Dead(string page)
    {
        foreach (var link in new MarkdownPage(File.ReadAllText(page)).Links().Where(l => !l.Contains(':', StringComparison.Ordinal)))
        {
            var parts = link.Split('#', 2);
            var target = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
            if (!Path.Exists(target) || (parts.Length == 2 && !new MarkdownPage(File.ReadAllText(target)).Anchors().Contains(parts[1], StringComparer.Ordinal)))
            {
                yield return link;
            }
        }
    }
}
