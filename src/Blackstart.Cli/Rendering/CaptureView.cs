using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Cli.Rendering;

/// <summary>What a capture came to, and what has drifted since, for people and for programs.</summary>
internal static class CaptureView
{
    public static string Text(CaptureReport report)
    {
        var text = new StringBuilder();
        text.Append(report.IsChanged ? "captured   " : "unchanged  ").Append(report.Path).Append('\n');
        text.Append("holds      ").AppendJoin(", ", report.Objects.Select(o => $"{o.Value} {o.Key}")).Append('\n');
        AppendEach(text, "aside      ", report.Aside.Select(a => $"{a.Key}: {a.Value}"));
        AppendEach(text, "secret     ", report.Secrets.Select(s => $"{s} is named, and not captured"));
        AppendEach(text, "not read   ", report.NotRead.Select(v => $"{v}: its content cannot be read from here; what was known of it was kept"));
        return text.ToString();
    }

    public static string Text(CaptureDrift drift, string path)
    {
        var text = new StringBuilder();
        text.Append(drift.Drifts.Count == 0
            ? $"in sync    {drift.Volumes} volumes are as captured in {path}\n"
            : $"drift      {drift.Drifts.Count} {(drift.Drifts.Count == 1 ? "difference" : "differences")} from {path}\n");
        foreach (var one in drift.Drifts)
        {
            text.Append($"{one.Change,-9}  {one.Object}");
            text.Append(one.Field is null ? "\n" : $"  {one.Field}: {Value(one.Captured)} → {Value(one.Current)}\n");
        }

        AppendEach(text, "not read   ", drift.NotRead.Select(v => $"{v}: its content was not compared"));
        return text.ToString();
    }

    public static string Json(CaptureReport report, string environment) => Line(new JsonObject
    {
        ["schemaVersion"] = 1,
        ["environment"] = environment,
        ["cluster"] = report.Cluster,
        ["capture"] = report.Path,
        ["changed"] = report.IsChanged,
        ["objects"] = new JsonObject(report.Objects.Select(o => KeyValuePair.Create(o.Key, (JsonNode?)o.Value))),
        ["aside"] = new JsonArray([.. report.Aside.Select(a => new JsonObject { ["object"] = a.Key, ["reason"] = a.Value })]),
        ["secrets"] = List(report.Secrets),
        ["notRead"] = List(report.NotRead),
    });

    public static string Json(CaptureDrift drift, string path, string environment) => Line(new JsonObject
    {
        ["schemaVersion"] = 1,
        ["environment"] = environment,
        ["cluster"] = drift.Cluster,
        ["capture"] = path,
        ["inSync"] = drift.Drifts.Count == 0,
        ["volumes"] = drift.Volumes,
        ["drift"] = new JsonArray([.. drift.Drifts.Select(d => new JsonObject
        {
            ["object"] = d.Object,
            ["change"] = d.Change,
            ["field"] = d.Field,
            ["captured"] = d.Captured?.DeepClone(),
            ["current"] = d.Current?.DeepClone(),
        })]),
        ["notRead"] = List(drift.NotRead),
    });

    private static void AppendEach(StringBuilder text, string head, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            text.Append(head).Append(line).Append('\n');
        }
    }

    private static string Value(JsonNode? value) => value switch
    {
        null => "(none)",
        JsonValue v when v.GetValueKind() == JsonValueKind.String && v.GetValue<string>().Length > 0 => v.GetValue<string>().ReplaceLineEndings(" "),
        _ => value.ToJsonString(RunView.Json).ReplaceLineEnds(),
    };

    private static string ReplaceLineEnds(this string text) => string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static JsonArray List(IEnumerable<string> items) => [.. items.Select(i => (JsonNode)i)];

    private static string Line(JsonObject json) => json.ToJsonString(RunView.Json) + "\n";
}
