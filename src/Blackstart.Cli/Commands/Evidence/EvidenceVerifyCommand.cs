using System.CommandLine;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Core.Evidence;

namespace Blackstart.Cli.Commands.Evidence;

/// <summary><c>blackstart evidence verify</c>.</summary>
internal static class EvidenceVerifyCommand
{
    public static Command Create()
    {
        var folder = new Argument<string?>("folder") { Description = "The evidence (default: this machine's)", Arity = ArgumentArity.ZeroOrOne };
        var expect = new Option<string?>("--expect") { Description = "Digest of a sealed document, noted elsewhere before, that must be in the chain", HelpName = "SHA256" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("verify", "Find any changed byte and any missing, added or reordered document") { folder, expect, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var place = parsed.GetValue(folder) ?? StateFolder.Evidence;
            var report = EvidenceVerification.Verify(place, parsed.GetValue(expect));
            var text = parsed.GetValue(output) == "json" ? Json(report).ToJsonString(RunView.Json) + "\n" : Text(place, report);
            await Console.Out.WriteAsync(text.AsMemory(), cancellationToken);
            return (int)(report.Intact ? ExitCode.Done : ExitCode.Negative);
        });
        return command;
    }

    private static string Text(string place, EvidenceReport report) => report.Intact
        ? $"intact: {report.Documents} documents in {place}, the newest {report.Newest ?? "(none)"}\n"
        : string.Concat(report.Findings.Select(f => $"{f.Code} {f.File}: {f.Message}\n")) + $"altered: {report.Findings.Count} findings in {place}\n";

    private static JsonObject Json(EvidenceReport report) => new()
    {
        ["schemaVersion"] = 1,
        ["intact"] = report.Intact,
        ["documents"] = report.Documents,
        ["newest"] = report.Newest,
        ["findings"] = new JsonArray([.. report.Findings.Select(f => new JsonObject { ["code"] = f.Code, ["file"] = f.File, ["message"] = f.Message })]),
    };
}
