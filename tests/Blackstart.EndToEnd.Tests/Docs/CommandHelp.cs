using System.Text.RegularExpressions;

namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>
/// What <c>--help</c> says of a command: asking for help forgives wrong words, so they are held against what it prints.
/// </summary>
internal sealed partial class CommandHelp
{
    private readonly string _text;

    public CommandHelp(string text)
    {
        _text = text;
        var usage = Usage().Match(text);
        usage.Success.ShouldBeTrue($"no usage in\n{text}");
        var words = usage.Groups["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Path = [.. words.TakeWhile(w => !w.StartsWith('<') && !w.StartsWith('['))];
        Arguments = [.. ArgumentLine().Matches(text[..Math.Max(0, text.IndexOf("\nOptions:", StringComparison.Ordinal))]).Select(m => m.Groups["argument"].Value)];
        TakesMany = words.Any(w => w.EndsWith("...", StringComparison.Ordinal));
        IsGroup = words.Contains("[command]", StringComparer.Ordinal);
    }

    /// <summary>The command that was recognised, without <c>blackstart</c>.</summary>
    public IReadOnlyList<string> Path { get; }

    /// <summary>Its arguments, as <c>&lt;name&gt;</c> or <c>&lt;one|other&gt;</c>.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Whether its last argument may be given several times.</summary>
    public bool TakesMany { get; }

    /// <summary>Whether it only holds other commands.</summary>
    public bool IsGroup { get; }

    /// <summary>The option's value as <c>&lt;FILE&gt;</c>, empty when it takes none; null when there is no such option.</summary>
    public string? ValueOf(string option)
    {
        var match = OptionLine().Matches(_text).FirstOrDefault(m => m.Groups["names"].Value.Split(", ").Contains(option, StringComparer.Ordinal));
        return match?.Groups["value"].Value;
    }

    [GeneratedRegex(@"^Usage:\r?\n\s+blackstart(?<words>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Usage();

    // Only here are the choices of an argument told; the usage calls it by its name.
    [GeneratedRegex(@"^  (?<argument><[^>]+>)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex ArgumentLine();

    [GeneratedRegex(@"^\s+(?<names>-[-\w?]+(, -[-\w?]+)*)( (?<value><[^>]+>))?", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex OptionLine();
}
