using Blackstart.Core.Estates.Shapes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates;

/// <summary>Finds components that wait for each other. Without recursion: a hostile file may chain very many.</summary>
internal sealed class DependencyCycles(EstateReading reading)
{
    private readonly Dictionary<string, IReadOnlyList<YamlScalar>> _dependencies = new(StringComparer.Ordinal);
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    public void Check(IReadOnlyList<YamlNode> components)
    {
        foreach (var component in components)
        {
            if (EstateReferences.Scalar(component, EstateKeys.ComponentName) is { } name)
            {
                _dependencies.TryAdd(name.Text, [.. EstateReferences.Items(component, EstateKeys.DependsOn).OfType<YamlScalar>()]);
            }
        }

        foreach (var name in _dependencies.Keys)
        {
            Walk(name);
        }
    }

    private void Walk(string start)
    {
        var path = new List<(string Name, int Next)>();
        var onPath = new HashSet<string>(StringComparer.Ordinal);
        Enter(start);
        while (path.Count > 0)
        {
            var (name, next) = path[^1];
            if (next == _dependencies[name].Count)
            {
                path.RemoveAt(path.Count - 1);
                onPath.Remove(name);
                continue;
            }

            path[^1] = (name, next + 1);
            var dependency = _dependencies[name][next];
            if (onPath.Contains(dependency.Text))
            {
                Report(dependency, path.ConvertAll(p => p.Name));
            }
            else
            {
                Enter(dependency.Text);
            }
        }

        void Enter(string name)
        {
            if (_dependencies.ContainsKey(name) && _done.Add(name))
            {
                path.Add((name, 0));
                onPath.Add(name);
            }
        }
    }

    private void Report(YamlScalar dependency, List<string> path)
    {
        var cycle = path.Skip(path.IndexOf(dependency.Text)).Append(dependency.Text).ToList();
        var shown = cycle.Count <= 20 ? cycle : [.. cycle.Take(10), "…", .. cycle.TakeLast(9)];
        reading.Add("BS1023", dependency, $"these components wait for each other: {string.Join(" → ", shown)}", "Remove one of these dependencies: nothing on the ring could ever start");
    }
}
