using System.Text.RegularExpressions;

namespace Blackstart.Cli.Tests.Documentation;

public sealed partial class ErrorCodesTests
{
    [Fact]
    public void Every_code_in_the_source_is_listed_once_and_every_listed_code_exists()
    {
        var root = RepositoryRoot();
        var used = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(path => QuotedCode().Matches(File.ReadAllText(path)))
            .Select(m => m.Groups["code"].Value)
            .ToHashSet(StringComparer.Ordinal);
        var listed = File.ReadLines(Path.Combine(root, "docs", "reference", "errors.md"))
            .Select(line => ListedCode().Match(line))
            .Where(m => m.Success)
            .Select(m => m.Groups["code"].Value)
            .ToList();
        used.Count.ShouldBeGreaterThan(30);
        used.Except(listed).Order(StringComparer.Ordinal).ShouldBeEmpty("codes that docs/reference/errors.md does not list");
        listed.Except(used).Order(StringComparer.Ordinal).ShouldBeEmpty("codes that no source file holds");
        listed.GroupBy(c => c, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ShouldBeEmpty("codes listed twice");
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Blackstart.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository");
        }

        return folder;
    }

    [GeneratedRegex("\"(?<code>BS[0-9]{4})\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex QuotedCode();

    [GeneratedRegex(@"^\| (?<code>BS[0-9]{4})\*? \|", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ListedCode();
}
