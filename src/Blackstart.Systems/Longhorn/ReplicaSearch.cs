using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Longhorn.Choosing;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Replicas;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Longhorn;

/// <summary>Looks on the nodes' disks for the directories that hold a volume's data.</summary>
internal sealed class ReplicaSearch(EstateEnvironment environment)
{
    /// <summary>Chooses the replica to bring a volume back from, among all directories of its name but those that are in use now or were rejected before.</summary>
    /// <returns><c>{replica, node, chain[], newestWrite, reason}</c>.</returns>
    /// <exception cref="BlackstartException"><c>BS4603</c>: none can be used, or nobody can say which is right.</exception>
    public JsonObject Choose(CapturedVolume volume, IEnumerable<(string Node, string Directory)> inUse, IReadOnlyList<string> rejected, CancellationToken cancellationToken)
    {
        var current = inUse.Select(d => PathOf(d.Node, d.Directory)).Concat(rejected).ToHashSet(StringComparer.Ordinal);
        var found = environment.Nodes
            .Where(n => n.LonghornRoot is not null)
            .SelectMany(n => DirectoriesOf(n.LonghornRoot!, volume.Name).Select(path => (Node: n.Name, Path: path)))
            .Where(d => !current.Contains(d.Path))
            .ToList();
        var opened = new List<ReplicaDirectory>();
        try
        {
            found.ForEach(d => opened.Add(ReplicaDirectory.Open(d.Path, null, cancellationToken)));
            var choice = ReplicaChooser.Choose(OfLastCapture(opened, volume), new ChoosingOptions { ExpectedSize = volume.Size }, cancellationToken);
            var chosen = choice.Best?.Judgement ?? throw Undecided(volume.Name, choice);
            return new JsonObject
            {
                ["volume"] = volume.Name,
                ["replica"] = chosen.Path,
                ["node"] = found.First(d => d.Path == chosen.Path).Node,
                ["chain"] = new JsonArray([.. chosen.Chain.Select(l => (JsonNode)l.Name)]),
                ["newestWrite"] = chosen.NewestWrite?.ToString("O", CultureInfo.InvariantCulture),
                ["reason"] = choice.Reason,
            };
        }
        finally
        {
            opened.ForEach(d => d.Dispose());
        }
    }

    /// <summary>What the best of a volume's current replicas holds; null when none of them can be read, or they are all empty.</summary>
    public VolumeContent? ContentOf(IEnumerable<(string Node, string Directory)> directories, CancellationToken cancellationToken)
    {
        var opened = new List<ReplicaDirectory>();
        try
        {
            foreach (var path in directories.Select(d => PathOf(d.Node, d.Directory)).Where(Directory.Exists))
            {
                opened.Add(ReplicaDirectory.Open(path, null, cancellationToken));
            }

            return ReplicaChooser.Choose(opened, new ChoosingOptions { CompareContents = false }, cancellationToken).Best?.Content;
        }
        finally
        {
            opened.ForEach(d => d.Dispose());
        }
    }

    /// <summary>
    /// The directories that were the volume's replicas when it was captured, if none of the others was written later; else all of
    /// them. A volume that was brought back before leaves older orphans behind, which hold data too and tell nothing of their age.
    /// </summary>
    private static List<ReplicaDirectory> OfLastCapture(List<ReplicaDirectory> all, CapturedVolume volume)
    {
        var usable = all.FindAll(d => d.IsRecoverable);
        var captured = usable.FindAll(d => volume.Replicas.Contains(Path.GetFileName(d.Judgement.Path), StringComparer.Ordinal));
        var others = usable.Except(captured);
        return captured.Count > 0 && captured.Max(d => d.Judgement.NewestWrite) is { } newest && others.All(d => d.Judgement.NewestWrite <= newest)
            ? captured
            : all;
    }

    private static BlackstartException Undecided(string volume, ReplicaChoice choice) => new(
        "BS4603",
        ExitCode.Negative,
        $"choosing the replica to bring volume {volume} back from, among {choice.Replicas.Count} directories",
        choice.Reason + string.Concat(choice.Replicas.Select(r => $"; {r.Judgement.Path}: {r.Reason}")),
        "Look at them with `blackstart longhorn export DIR --to FILE`; nothing was changed");

    private string PathOf(string node, string directory) =>
        Path.Combine(environment.FindNode(node)?.LonghornRoot ?? "", "replicas", directory);

    private static IEnumerable<string> DirectoriesOf(string root, string volume)
    {
        var replicas = Path.Combine(root, "replicas");
        return !Directory.Exists(replicas)
            ? []
            : Directory.EnumerateDirectories(replicas)
                .Where(d => ReplicaName.TryParse(Path.GetFileName(d), out var name) && name.Volume == volume)
                .Order(StringComparer.Ordinal);
    }
}
