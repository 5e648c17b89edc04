using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>A set of field paths, as FieldsV1 writes it: <c>f:name</c> a member, <c>k:{…}</c> a list element by its keys, <c>v:…</c> by its value, <c>.</c> the path itself.</summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    public bool Member { get; private set; }

    public bool IsEmpty => !Member && _children.Count == 0;

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public static FieldSet Read(JsonObject? fields)
    {
        var set = new FieldSet();
        foreach (var (name, value) in fields ?? [])
        {
            if (name == ".")
            {
                set.Member = true;
            }
            else if (value is JsonObject { Count: > 0 } inner)
            {
                set._children[name] = Read(inner);
            }
            else
            {
                set._children[name] = new FieldSet { Member = true };
            }
        }

        return set;
    }

    public JsonObject ToJson()
    {
        var fields = new JsonObject();
        if (Member && _children.Count > 0)
        {
            fields["."] = new JsonObject();
        }

        foreach (var (name, child) in _children)
        {
            fields[name] = child.ToJson();
        }

        return fields;
    }

    public void Insert(IReadOnlyList<string> path)
    {
        var node = this;
        foreach (var part in path)
        {
            if (!node._children.TryGetValue(part, out var child))
            {
                node._children[part] = child = new FieldSet();
            }

            node = child;
        }

        node.Member = true;
    }

    public FieldSet Union(FieldSet other) => Combine(this, other, (left, right) => left || right);

    public FieldSet Except(FieldSet other) => Combine(this, other, (left, right) => left && !right);

    public FieldSet Intersect(FieldSet other) => Combine(this, other, (left, right) => left && right);

    public bool SameAs(FieldSet other) => JsonNode.DeepEquals(ToJson(), other.ToJson());

    /// <summary>Every path in the set.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        foreach (var (name, child) in _children)
        {
            if (child.Member)
            {
                yield return [name];
            }

            foreach (var path in child.Paths())
            {
                yield return [name, .. path];
            }
        }
    }

    private static FieldSet Combine(FieldSet left, FieldSet right, Func<bool, bool, bool> keep)
    {
        var none = new FieldSet();
        var result = new FieldSet { Member = keep(left.Member, right.Member) };
        foreach (var name in left._children.Keys.Union(right._children.Keys))
        {
            var child = Combine(left._children.GetValueOrDefault(name) ?? none, right._children.GetValueOrDefault(name) ?? none, keep);
            if (!child.IsEmpty)
            {
                result._children[name] = child;
            }
        }

        return result;
    }
}
