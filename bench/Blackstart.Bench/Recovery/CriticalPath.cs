using System.Globalization;
using System.Text.Json.Nodes;

namespace Blackstart.Bench.Recovery;

/// <summary>The longest path of steps, by their own durations, from a drill's fault to its last gate.</summary>
/// <param name="Steps">The steps in order.</param>
/// <param name="Length">Their durations' sum.</param>
internal sealed record CriticalPath(IReadOnlyList<TimedStep> Steps, TimeSpan Length)
{
    /// <summary>The path of a run.</summary>
    /// <param name="plan">The plan, as <c>--plan json</c> prints it: steps in an order in which each comes after all it waits for.</param>
    /// <param name="result">The run, as <c>--output json</c> prints it.</param>
    public static CriticalPath Of(JsonNode plan, JsonNode result)
    {
        var times = result["steps"]!.AsArray().Where(s => s!["startedAt"] is not null).ToDictionary(
            s => s!["id"]!.GetValue<string>(),
            s => new TimedStep(
                s!["id"]!.GetValue<string>(),
                DateTimeOffset.Parse(s["startedAt"]!.GetValue<string>(), CultureInfo.InvariantCulture),
                TimeSpan.FromSeconds(s["duration"]!.GetValue<double>())),
            StringComparer.Ordinal);
        var longest = new Dictionary<string, CriticalPath>(StringComparer.Ordinal);
        CriticalPath? last = null;
        foreach (var step in plan["steps"]!.AsArray())
        {
            var id = step!["id"]!.GetValue<string>();
            var stage = step["stage"]!.GetValue<string>();
            if (stage is "steady-state" or "undo" or "cleanup" || !times.TryGetValue(id, out var time))
            {
                continue;
            }

            var before = step["dependsOn"]!.AsArray().Concat(step["after"]!.AsArray())
                .Select(on => longest.GetValueOrDefault(on!.GetValue<string>()))
                .OfType<CriticalPath>()
                .MaxBy(path => path.Length);
            var path = new CriticalPath([.. before?.Steps ?? [], time], (before?.Length ?? TimeSpan.Zero) + time.Duration);
            longest[id] = path;
            if (stage is "recovery" or "verification" && (last is null || path.Length > last.Length))
            {
                last = path;
            }
        }

        return last ?? throw new InvalidOperationException("the run has no recovery");
    }
}
