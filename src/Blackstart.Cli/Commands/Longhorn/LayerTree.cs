using Blackstart.Longhorn.Inspecting;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary>The order in which layers are shown: the chain from the top down, and above each of its layers the branches that leave it there, deepest last.</summary>
internal static class LayerTree
{
    /// <summary>Branches are drawn no deeper than this.</summary>
    public const int Deepest = 20;

    /// <summary>The layers with their depth: 0 for those of the chain.</summary>
    public static List<(InspectedLayer Layer, int Depth)> Of(IReadOnlyList<InspectedLayer> layers)
    {
        var branches = layers.Where(layer => !layer.IsInChain).ToLookup(layer => layer.Parent ?? string.Empty, StringComparer.Ordinal);
        var lines = new List<(InspectedLayer Layer, int Depth)>();
        var shown = new HashSet<InspectedLayer>(ReferenceEqualityComparer.Instance);
        foreach (var layer in layers.Where(layer => layer.IsInChain))
        {
            AddBranches(layer.Name);
            lines.Add((layer, 0));
        }

        // What hangs on nothing: a parent that is not there, or itself.
        foreach (var layer in layers.Where(layer => !layer.IsInChain))
        {
            Add(layer);
        }

        return lines;

        void AddBranches(string parent)
        {
            foreach (var branch in parent.Length == 0 ? [] : branches[parent])
            {
                Add(branch);
            }
        }

        void Add(InspectedLayer root)
        {
            var waiting = new Stack<(InspectedLayer Layer, int Depth)>([(root, 1)]);
            var branch = new List<(InspectedLayer Layer, int Depth)>();
            while (waiting.TryPop(out var next))
            {
                if (!shown.Add(next.Layer))
                {
                    continue;
                }

                branch.Add(next);
                foreach (var child in branches[next.Layer.Name])
                {
                    waiting.Push((child, next.Depth + 1));
                }
            }

            // Newer layers stand above older ones.
            branch.Reverse();
            lines.AddRange(branch);
        }
    }
}
