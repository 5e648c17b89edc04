using Blackstart.Core.Estates.Shapes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates;

/// <summary>
/// Checks what holds between parts of the file: names, references, cycles, one production. It looks at the file rather than at the
/// estate made of it, so that these errors are told together with all others.
/// </summary>
internal sealed class EstateReferences(EstateModel model, EstateReading reading)
{
    public void Check(YamlNode document)
    {
        var environments = Items(document, EstateKeys.Environments);
        var components = Items(document, model.Components);
        CheckUnique(environments, EstateKeys.EnvironmentName, "environment");
        CheckUnique(components, EstateKeys.ComponentName, "component");
        foreach (var environment in environments)
        {
            CheckUnique(Items(environment, EstateKeys.Nodes), EstateKeys.NodeName, "node");
        }

        CheckOneProduction(document, environments);
        var names = components.Select(c => Scalar(c, EstateKeys.ComponentName)?.Text).OfType<string>().ToHashSet(StringComparer.Ordinal);
        CheckDependencies(components, names);
        CheckStart(environments, names);
        new DependencyCycles(reading).Check(components);
    }

    internal static YamlScalar? Scalar(YamlNode node, IKey key) => (node as YamlMapping)?.Find(key.Name) as YamlScalar;

    internal static IReadOnlyList<YamlNode> Items(YamlNode node, IKey key) =>
        (node as YamlMapping)?.Find(key.Name) is YamlSequence sequence ? sequence.Items : [];

    private void CheckUnique(IReadOnlyList<YamlNode> items, IKey key, string what)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in items.Select(i => Scalar(i, key)).OfType<YamlScalar>())
        {
            if (!lines.TryAdd(name.Text, name.Place.Line))
            {
                reading.Add("BS1020", name, $"there are two {what}s named '{name.Text}'", $"Rename this one or the one in line {lines[name.Text]}");
            }
        }
    }

    private void CheckOneProduction(YamlNode document, IReadOnlyList<YamlNode> environments)
    {
        var productions = environments
            .Select(e => Scalar(e, EstateKeys.Role))
            .Where(r => string.Equals(r?.Text, "production", StringComparison.Ordinal))
            .OfType<YamlScalar>()
            .ToList();
        foreach (var extra in productions.Skip(1))
        {
            reading.Add("BS1024", extra, $"a second environment has the role production (the first is in line {productions[0].Place.Line})", "Keep one, and make the other a sandbox");
        }

        if (productions.Count == 0 && (document as YamlMapping)?.Find(EstateKeys.Environments.Name) is YamlSequence { Items.Count: > 0 } list)
        {
            reading.Add("BS1024", list, "no environment has the role production", "Declare production, at least with its networks: it is what the boundary protects");
        }
    }

    private void CheckDependencies(IReadOnlyList<YamlNode> components, HashSet<string> names)
    {
        foreach (var component in components)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var reference in Items(component, EstateKeys.DependsOn).OfType<YamlScalar>().Where(r => !r.IsNull))
            {
                if (!names.Contains(reference.Text))
                {
                    reading.Add("BS1022", reference, $"there is no component named '{reference.Text}'", SuggestComponent(reference.Text, names));
                }
                else if (!seen.Add(reference.Text))
                {
                    reading.Add("BS1020", reference, $"'{reference.Text}' stands twice in this list", "Remove one");
                }
            }
        }
    }

    private void CheckStart(IReadOnlyList<YamlNode> environments, HashSet<string> names)
    {
        foreach (var environment in environments)
        {
            var start = (environment as YamlMapping)?.Find(EstateKeys.Start.Name) as YamlMapping;
            foreach (var (name, _) in start?.Entries ?? [])
            {
                if (!names.Contains(name.Text))
                {
                    reading.Add("BS1025", name, $"there is no component named '{name.Text}' to start", SuggestComponent(name.Text, names));
                }
            }
        }
    }

    private static string SuggestComponent(string word, HashSet<string> names) =>
        Suggestion.For(word, names) ?? "Declare it under 'components', or remove the reference";
}
