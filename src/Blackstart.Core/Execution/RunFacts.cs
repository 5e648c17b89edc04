using System.Text.Json.Nodes;

namespace Blackstart.Core.Execution;

/// <summary>What the steps of a run found out. Each fact is in the journal before anybody acts on it.</summary>
public sealed class RunFacts
{
    private readonly Dictionary<string, JsonNode> _facts = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Action<string, JsonNode> _record;

    /// <summary>Facts of a run, written to its journal.</summary>
    /// <param name="record">Writes a fact to the journal, flushed to disk when it returns.</param>
    internal RunFacts(Action<string, JsonNode> record) => _record = record;

    /// <summary>Facts that are kept nowhere, for asking probes outside of a run.</summary>
    public static RunFacts Transient() => new((_, _) => { });

    /// <summary>Writes a fact down; an earlier one of that name is replaced.</summary>
    public void Set(string name, JsonNode value)
    {
        lock (_lock)
        {
            _record(name, value);

            // As the journal would give it back: a fact has the same form before and after a kill.
            _facts[name] = JsonNode.Parse(value.ToJsonString())!;
        }
    }

    /// <summary>The fact of that name, or null when no step has found it yet.</summary>
    public JsonNode? Find(string name)
    {
        lock (_lock)
        {
            return _facts.GetValueOrDefault(name)?.DeepClone();
        }
    }

    /// <summary>All facts whose name starts with <paramref name="prefix"/>, in the order of their names.</summary>
    public IReadOnlyList<(string Name, JsonNode Value)> All(string prefix)
    {
        lock (_lock)
        {
            return [.. _facts.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, f.Value.DeepClone()))];
        }
    }

    internal void Restore(string name, JsonNode value)
    {
        lock (_lock)
        {
            _facts[name] = value;
        }
    }
}
