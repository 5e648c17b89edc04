using System.Text.RegularExpressions;

namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>What of a page can be held against the product: its commands, its links, its headings.</summary>
internal sealed partial class MarkdownPage
{
    private readonly List<(string Language, string Text)> _blocks = [];
    private readonly List<string> _prose = [];

    public MarkdownPage(string text)
    {
        string? language = null;
        var block = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            var fence = Fence().Match(line);
            if (!fence.Success)
            {
                (language is null ? _prose : block).Add(line);
            }
            else if (language is null)
            {
                language = fence.Groups["language"].Value;
            }
            else
            {
                _blocks.Add((language, string.Join('\n', block)));
                block.Clear();
                language = null;
            }
        }
    }

    /// <summary>The fenced blocks of a language.</summary>
    public IEnumerable<string> Blocks(params string[] languages) => _blocks.Where(b => languages.Contains(b.Language, StringComparer.Ordinal)).Select(b => b.Text);

    /// <summary>Lines to type: all of a <c>sh</c> block, and those of a <c>console</c> block that begin with <c>$ </c>; without their comments.</summary>
    public IEnumerable<string> CommandLines() =>
        Blocks("sh").SelectMany(b => b.Split('\n'))
            .Concat(Blocks("console").SelectMany(b => b.Split('\n')).Where(l => l.StartsWith("$ ", StringComparison.Ordinal)).Select(l => l[2..]))
            .Select(l => Comment().Replace(l, "").Trim())
            .Where(l => l.Length > 0);

    /// <summary>Code in running text.</summary>
    public IEnumerable<string> CodeSpans() => _prose.SelectMany(l => CodeSpan().Matches(l)).Select(m => m.Groups["code"].Value);

    /// <summary>Where links lead, as written.</summary>
    public IEnumerable<string> Links() => _prose.SelectMany(l => Link().Matches(CodeSpan().Replace(l, ""))).Select(m => m.Groups["target"].Value);

    /// <summary>What a link may name after <c>#</c>.</summary>
    public IEnumerable<string> Anchors() => _prose
        .Where(l => l.StartsWith('#'))
        .Select(l => NotInAnchor().Replace(l.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"^\s*```(?<language>[a-z]*)\s*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(^|\s)#.*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotInAnchor();
}
