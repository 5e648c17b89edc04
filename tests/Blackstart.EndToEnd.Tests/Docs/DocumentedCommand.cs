using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Blackstart.EndToEnd.Tests.Lab;

namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>Finds what is wrong with a command that a page tells people to type.</summary>
internal static partial class DocumentedCommand
{
    private static readonly ConcurrentDictionary<string, Task<CommandHelp?>> Help = new(StringComparer.Ordinal);

    /// <summary>All faults of a line: commands of blackstart, targets of make, scripts.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isMention">True where a group of commands may be named as such.</param>
    public static async Task<IReadOnlyList<string>> FaultsAsync(string line, bool isMention)
    {
        var faults = new List<string>();
        foreach (Match call in Call().Matches(line))
        {
            var words = call.Groups["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('"', '\'')).ToArray();
            faults.AddRange((await FaultsOfCallAsync(words, isMention)).Select(f => $"'{line}': {f}"));
        }

        foreach (Match target in Make().Matches(line))
        {
            var name = target.Groups["target"].Value;
            if (!MakeTargets.Contains(name))
            {
                faults.Add($"'{line}': the Makefile has no target '{name}'");
            }
        }

        foreach (Match script in Script().Matches(line))
        {
            if (!File.Exists(Path.Combine(Repository.Root, script.Groups["path"].Value)))
            {
                faults.Add($"'{line}': there is no {script.Groups["path"].Value}");
            }
        }

        return faults;
    }

    private static HashSet<string> MakeTargets { get; } =
        [.. File.ReadLines(Path.Combine(Repository.Root, "Makefile")).Select(l => MakeRule().Match(l)).Where(m => m.Success).Select(m => m.Groups["target"].Value)];

    private static async Task<List<string>> FaultsOfCallAsync(string[] words, bool isMention)
    {
        var help = await HelpOfAsync([.. words.TakeWhile(w => Word().IsMatch(w))]);
        if (help is null)
        {
            return [];
        }

        var faults = new List<string>();
        var values = new List<string>();
        for (var i = help.Path.Count; i < words.Length; i++)
        {
            if (!words[i].StartsWith('-'))
            {
                values.Add(words[i]);
                continue;
            }

            var value = help.ValueOf(words[i]);
            if (value is null)
            {
                faults.Add($"'blackstart {string.Join(' ', help.Path)}' has no option '{words[i]}'");
            }
            else if (value.Length > 0 && i + 1 < words.Length && !words[i + 1].StartsWith('-'))
            {
                i++;
                AddUnlessAccepted(faults, value, words[i]);
            }
        }

        if (values.Count > help.Arguments.Count && !help.TakesMany)
        {
            faults.Add($"'blackstart {string.Join(' ', help.Path)}' takes no '{values[help.Arguments.Count]}'");
        }
        else if (help.IsGroup && !isMention)
        {
            faults.Add($"'blackstart {string.Join(' ', help.Path)}' needs a command after it");
        }

        foreach (var (argument, value) in help.Arguments.Zip(values))
        {
            AddUnlessAccepted(faults, argument, value);
        }

        return faults;
    }

    private static void AddUnlessAccepted(List<string> faults, string placeholder, string value)
    {
        // Choices are words to type; in capitals they are kinds of things to name.
        var choices = placeholder.Trim('<', '>').Split('|');
        if (choices.Length > 1 && Array.TrueForAll(choices, Word().IsMatch) && !choices.Contains(value, StringComparer.Ordinal))
        {
            faults.Add($"'{value}' is not one of {string.Join(", ", choices)}");
        }
    }

    /// <summary>Null for a hidden command: there is one, and nothing is printed of it.</summary>
    private static Task<CommandHelp?> HelpOfAsync(string[] words) => Help.GetOrAdd(string.Join(' ', words), async _ =>
    {
        var result = await new BlackstartProgram(Path.GetTempPath()).RunAsync([.. words, "--help"]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return string.IsNullOrWhiteSpace(result.Output) ? null : new CommandHelp(result.Output);
    });

    // Up to what a shell would end the command at.
    [GeneratedRegex(@"(^|[\s(])(\./)?blackstart(?<words>( +[^\s|;&()<>]+)+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();

    [GeneratedRegex(@"(^|[\s(])make +(?<target>[a-z][a-z-]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Make();

    [GeneratedRegex(@"(^|[\s(])(\./)?(?<path>(scripts|\.ci)/[a-z-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();

    [GeneratedRegex(@"^(?<target>[a-z][a-z-]*):", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MakeRule();

    [GeneratedRegex("^[a-z][a-z-]*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();
}
