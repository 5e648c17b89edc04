using System.Text;
using System.Text.Json.Nodes;

namespace Blackstart.Cli.Rendering;

/// <summary>The result of a run for a person.</summary>
internal static class ReportText
{
    public static string Of(JsonObject report)
    {
        var text = new StringBuilder();
        text.Append("verdict          ").Append(report["verdict"]).Append(" — ").Append(report["reason"]).Append('\n');
        text.Append("run              ").Append(report["run"]).Append('\n');
        if (Seconds(report["timeToRecover"]) is { } time)
        {
            text.Append("time to recover  ").Append(time).Append(" (objective ").Append(Seconds(report["objectives"]!["rto"]!["declared"])).Append(')').Append('\n');
        }

        if (report["dataLoss"] is JsonObject loss)
        {
            text.Append("data             ").Append(loss["recovered"]).Append(" of ").Append(loss["acknowledged"]).Append(" acknowledged records are there, ").Append(loss["lost"]).Append(" lost\n");
        }

        foreach (var point in report["recoveryPoints"]?.AsArray() ?? [])
        {
            text.Append("recovery point   ").Append(point!["volume"]).Append(" from ").Append(point["replica"]).Append(", sha256 ").Append(point["sha256"]!.GetValue<string>()[..16]).Append("…\n");
        }

        foreach (var step in (report["steps"]?.AsArray() ?? []).Where(s => s!["outcome"]!.GetValue<string>() is "failed" or "refused"))
        {
            text.Append("failed           ").Append(step!["id"]).Append(": ").Append(step["gate"]!["reason"]).Append('\n');
        }

        if (report["evidence"] is JsonObject evidence)
        {
            text.Append("evidence         ").Append(evidence["path"]).Append('\n');
        }

        if (report["verdict"]?.GetValue<string>() != "Recovered")
        {
            text.Append("next             mend what failed, then: ").Append(Next(report)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A drill whose steady state did not hold, or whose fault was not seen, is not made better by resuming it: only a new one is.</summary>
    private static string Next(JsonObject report) => report["resumable"]?.GetValue<bool>() == false && report["drill"] is { } drill
        ? $"blackstart drill run {drill}"
        : $"blackstart resume {report["run"]}";

    private static string? Seconds(JsonNode? node) => node is null ? null : Human.Duration(TimeSpan.FromSeconds(node.GetValue<double>()));
}
