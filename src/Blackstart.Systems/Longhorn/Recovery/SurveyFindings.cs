using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Choosing;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What was seen on all nodes.</summary>
/// <param name="At">When the looking began.</param>
/// <param name="Disks">Disk by disk.</param>
internal sealed record SurveyFindings(DateTimeOffset At, IReadOnlyList<DiskFindings> Disks)
{
    /// <summary>The evidence of a volume, from all nodes.</summary>
    public IReadOnlyList<ReplicaEvidence> Of(string volume) => [.. Disks.SelectMany(n => n.Evidence.GetValueOrDefault(volume) ?? [])];

    /// <summary>Disks that could not be looked at, each with why.</summary>
    public IReadOnlyList<DiskFindings> Missing => [.. Disks.Where(n => n.Failure is not null)];

    /// <summary>Whether something was seen at all.</summary>
    public ProbeAnswer Answer()
    {
        var seen = Disks.Count - Missing.Count;
        var said = string.Create(CultureInfo.InvariantCulture, $"{Disks.Sum(n => n.Evidence.Values.Sum(e => e.Count))} replica directories on {seen} of {Disks.Count} disks");
        var missing = string.Concat(Missing.Select(m => $"; {m.Node}: {m.Failure}"));
        return seen > 0 ? ProbeAnswer.Yes(said + missing)
            : Disks.Count == 0 ? ProbeAnswer.No("no node in blackstart.yaml has longhornDisks")
            : ProbeAnswer.Unknown(said + missing);
    }

    /// <summary><c>{at, disks[] {node, path, replicas, failure}}</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["at"] = At.ToString("O", CultureInfo.InvariantCulture),
        ["disks"] = new JsonArray([.. Disks.Select(d => new JsonObject
        {
            ["node"] = d.Node,
            ["path"] = d.Path,
            ["replicas"] = d.Evidence.Values.Sum(e => e.Count),
            ["failure"] = d.Failure,
        })]),
    };
}
