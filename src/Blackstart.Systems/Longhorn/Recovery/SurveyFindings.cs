using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Choosing;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What was seen on all nodes.</summary>
/// <param name="At">When the looking began.</param>
/// <param name="Nodes">Node by node.</param>
internal sealed record SurveyFindings(DateTimeOffset At, IReadOnlyList<NodeFindings> Nodes)
{
    /// <summary>The evidence of a volume, from all nodes.</summary>
    public IReadOnlyList<ReplicaEvidence> Of(string volume) => [.. Nodes.SelectMany(n => n.Evidence.GetValueOrDefault(volume) ?? [])];

    /// <summary>Nodes that could not be looked at, each with why.</summary>
    public IReadOnlyList<NodeFindings> Missing => [.. Nodes.Where(n => n.Failure is not null)];

    /// <summary>Whether something was seen at all.</summary>
    public ProbeAnswer Answer()
    {
        var seen = Nodes.Count - Missing.Count;
        var said = string.Create(CultureInfo.InvariantCulture, $"{Nodes.Sum(n => n.Evidence.Values.Sum(e => e.Count))} replica directories on {seen} of {Nodes.Count} nodes");
        var missing = string.Concat(Missing.Select(m => $"; {m.Node}: {m.Failure}"));
        return seen > 0 ? ProbeAnswer.Yes(said + missing)
            : Nodes.Count == 0 ? ProbeAnswer.No("no node in blackstart.yaml has a longhornRoot")
            : ProbeAnswer.Unknown(said + missing);
    }

    /// <summary><c>{at, nodes: {NAME: {root, replicas, failure}}}</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["at"] = At.ToString("O", CultureInfo.InvariantCulture),
        ["nodes"] = new JsonObject(Nodes.Select(n => KeyValuePair.Create(n.Node, (JsonNode?)new JsonObject
        {
            ["root"] = n.Root,
            ["replicas"] = n.Evidence.Values.Sum(e => e.Count),
            ["failure"] = n.Failure,
        }))),
    };
}
