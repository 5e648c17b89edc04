using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Core.Verdicts;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Workloads;

/// <summary>
/// The operator's own proof that an application's data is all there: a command that compares what was acknowledged with what is
/// there and prints <c>{"acknowledged":n,"recovered":n,"lost":n,"corrupted":n,"newest":{…}}</c>. Exit code 0 exactly when nothing is lost or
/// corrupted, 1 exactly when something is, anything else when it could not be asked.
/// </summary>
internal static class AcceptanceCommand
{
    public static Probe Probe(Component component, ICommandLine commandLine)
    {
        var words = component.Settings.List("acceptance");
        var command = new Command(words[0], [.. words.Skip(1)]) { Timeout = TimeSpan.FromMinutes(5) };
        return new Probe("data", $"all acknowledged data of {component.Name} is there, unchanged", async (context, cancellationToken) =>
        {
            var result = await commandLine.TryRunAsync(command, cancellationToken);
            if (Read(result.StandardOutput) is not { } counts || result.ExitCode != (IsClean(counts) ? 0 : 1))
            {
                throw new BlackstartException(
                    "BS4301",
                    ExitCode.CouldNotVerify,
                    $"counting the data of {component.Name} with {command}",
                    $"exit code {result.ExitCode} does not go with what it printed: {result.LastWords}",
                    "Run the command by hand; its contract stands in docs/reference/acceptance.md");
            }

            // By step: what is counted before a fault or after a cleanup is not what verification counted.
            context.Facts.Set(Measure.AcceptanceFacts + context.StepId, counts);
            var (acknowledged, recovered, lost, corrupted) = (Count(counts, "acknowledged"), Count(counts, "recovered"), Count(counts, "lost"), Count(counts, "corrupted"));
            return acknowledged == 0 ? ProbeAnswer.Unknown("nothing was ever acknowledged, so that nothing is missing proves nothing")
                : IsClean(counts) ? ProbeAnswer.Yes($"{recovered} of {acknowledged} are there")
                : ProbeAnswer.No($"{recovered} of {acknowledged} are there: {lost} lost, {corrupted} changed{Detail(counts)}");
        });
    }

    private static bool IsClean(JsonObject counts) =>
        Count(counts, "lost") == 0 && Count(counts, "corrupted") == 0 && Count(counts, "recovered") == Count(counts, "acknowledged");

    private static JsonObject? Read(string text)
    {
        try
        {
            var counts = JsonNode.Parse(text)!.AsObject();
            return ((string[])["acknowledged", "recovered", "lost", "corrupted"]).All(name => Count(counts, name) >= 0) ? counts : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            return null;
        }
    }

    private static long Count(JsonObject counts, string name) => counts[name]!.GetValue<long>();

    private static string Detail(JsonObject counts) =>
        counts["details"] is JsonArray { Count: > 0 } details ? $" ({string.Join("; ", details.Take(3))})" : "";
}
