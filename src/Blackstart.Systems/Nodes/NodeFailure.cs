using System.Text.RegularExpressions;
using Blackstart.Core.Errors;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Nodes;

/// <summary>Why a command on a node gave no document.</summary>
internal static partial class NodeFailure
{
    /// <summary>From how the command ended where it ran.</summary>
    public static BlackstartException Of(NodeCommand command, int exitCode, string output, string program)
    {
        var attempted = $"running `{program} longhorn {string.Join(' ', command.Arguments)}` on the node '{command.Node}'";
        var known = KnownCode().Match(output);
        return known.Groups["code"].Value switch
        {
            "BS4625" => new BlackstartException("BS4625", ExitCode.CouldNotVerify, attempted, Part(output, "cause") ?? "another version of Blackstart is there", Install(program)),
            "BS4627" => new BlackstartException("BS4627", ExitCode.CouldNotVerify, attempted, Part(output, "cause") ?? "another one still works on the same", "Wait for it to end, then resume"),
            { Length: > 0 } code => new BlackstartException("BS4626", ExitCode.CouldNotVerify, attempted, $"{code} {Part(output, "cause") ?? Last(output)}", Part(output, "next") ?? "Run the same command there by hand"),
            _ when exitCode is 126 or 127 => new BlackstartException("BS4624", ExitCode.CouldNotVerify, attempted, $"Blackstart is not there: {Last(output)}", Install(program)),
            _ when output.Contains("--node-version", StringComparison.Ordinal) => new BlackstartException("BS4625", ExitCode.CouldNotVerify, attempted, "an older version of Blackstart is there", Install(program)),
            _ => new BlackstartException("BS4626", ExitCode.CouldNotVerify, attempted, $"it ended with exit code {exitCode} and no result: {Last(output)}", "Run the same command there by hand to see all of its output"),
        };
    }

    private static string Install(string program) =>
        $"Run `make publish` and copy artifacts/publish to the node, with 'program' ({program}) pointing to the blackstart in it; docs/reference/longhorn-recovery.md says how";

    private static string Last(string output) => new CommandResult(0, output, "").LastWords;

    private static string? Part(string output, string name) =>
        output.Split('\n').Select(l => l.TrimStart()).FirstOrDefault(l => l.StartsWith($"{name}:", StringComparison.Ordinal))?[(name.Length + 1)..].Trim().TrimEnd('.');

    // The first line of every failure that Blackstart tells on standard error.
    [GeneratedRegex("^error (?<code>BS[0-9]{4}): ", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex KnownCode();
}
