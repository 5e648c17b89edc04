using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>Keeps metadata.managedFields: who owns which field, as server-side apply needs it.</summary>
internal static class ManagedFields
{
    private const string Apply = "Apply";
    private const string Update = "Update";

    /// <summary>Records an ordinary write: the writer owns what it changed, nobody else does any more.</summary>
    public static void Record(ResourceKind kind, JsonObject? before, JsonObject after, FieldManager manager)
    {
        var changes = FieldWalk.Compare(before, after, Shape(kind));
        var entries = Entries(before);
        if (changes.None)
        {
            Write(after, entries);
            return;
        }

        var taken = changes.Added.Union(changes.Modified);
        var kept = new List<ManagedEntry>();
        var mine = new FieldSet();
        foreach (var entry in entries)
        {
            var fields = entry.Fields.Except(changes.Removed);
            if (entry.Is(manager, Update, kind.ApiVersion))
            {
                mine = fields;
            }
            else
            {
                kept.Add(entry with { Fields = fields.Except(taken) });
            }
        }

        kept.Add(new ManagedEntry(manager.Name, Update, kind.ApiVersion, manager.Subresource, manager.Time, mine.Union(taken)));
        Write(after, kept);
    }

    /// <summary>Server-side apply: what the live object becomes.</summary>
    /// <exception cref="ApiException">Another manager owns a field with another value, and force is off.</exception>
    public static JsonObject Merge(ResourceKind kind, JsonObject? live, JsonObject manifest, FieldManager manager, bool force)
    {
        var shape = Shape(kind);
        var named = FieldWalk.Named(manifest, shape);
        var entries = Entries(live);
        var last = entries.Where(entry => entry.Is(manager, Apply, kind.ApiVersion)).Select(entry => entry.Fields).FirstOrDefault() ?? new FieldSet();
        var others = entries.Where(entry => !entry.Is(manager, Apply, kind.ApiVersion)).ToList();
        var result = live?.Copy() ?? [];
        var unmanaged = manifest.Copy();
        unmanaged.Map("metadata")?.Remove("managedFields");
        FieldWalk.Merge(result, unmanaged, shape);
        var owned = others.Aggregate(new FieldSet(), (all, entry) => all.Union(entry.Fields));
        foreach (var path in last.Except(named).Except(owned).Paths())
        {
            if (!Holds(named, path) && !Holds(owned, path))
            {
                FieldWalk.Remove(result, path);
            }
        }

        var changes = FieldWalk.Compare(live, result, shape);
        var taken = changes.Added.Union(changes.Modified);
        var conflicts = others.Select(entry => (Entry: entry, Fields: entry.Fields.Intersect(taken))).Where(conflict => !conflict.Fields.IsEmpty).ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw Conflict(conflicts);
        }

        if (changes.None && named.SameAs(last))
        {
            Write(result, entries);
            return result;
        }

        var kept = others.Select(entry => entry with { Fields = entry.Fields.Except(changes.Removed).Except(taken) }).ToList();
        kept.Add(new ManagedEntry(manager.Name, Apply, kind.ApiVersion, manager.Subresource, manager.Time, named));
        Write(result, kept);
        return result;
    }

    private static ObjectShape Shape(ResourceKind kind) => new(string.Empty, kind.Custom?.Schema.Value, kind.Custom is not null);

    private static List<ManagedEntry> Entries(JsonObject? value) => [.. value.List("metadata", "managedFields").Maps().Select(ManagedEntry.Read)];

    private static void Write(JsonObject value, List<ManagedEntry> entries)
    {
        var written = entries.Where(entry => !entry.Fields.IsEmpty)
            .OrderBy(entry => entry.Operation, StringComparer.Ordinal)
            .ThenBy(entry => entry.Time, StringComparer.Ordinal)
            .ThenBy(entry => entry.Manager, StringComparer.Ordinal)
            .Select(entry => (JsonNode)entry.ToJson())
            .ToArray();
        value.Ensure("metadata").Assign("managedFields", written.Length == 0 ? null : new JsonArray(written));
    }

    // Whether a set holds anything at or below a path.
    private static bool Holds(FieldSet set, IReadOnlyList<string> path)
    {
        foreach (var part in path)
        {
            if (!set.Children.TryGetValue(part, out var child))
            {
                return false;
            }

            set = child;
        }

        return !set.IsEmpty;
    }

    private static ApiException Conflict(List<(ManagedEntry Entry, FieldSet Fields)> conflicts)
    {
        var causes = conflicts.SelectMany(conflict => conflict.Fields.Paths().Select(path =>
            new Cause("FieldManagerConflict", FieldWalk.Shown(path), $"conflict with {conflict.Entry.Shown}"))).ToList();
        var text = causes.Count == 1
            ? $"Apply failed with 1 conflict: {causes[0].Message}: {causes[0].Field}"
            : $"Apply failed with {causes.Count} conflicts: " + string.Join('\n', causes.GroupBy(cause => cause.Message).Select(group => group.Count() == 1
                ? $"{group.Key}: {group.First().Field}"
                : $"conflicts{group.Key["conflict".Length..]}:\n{string.Join('\n', group.Select(cause => "- " + cause.Field))}"));
        return Refusal.ApplyConflict(text, causes);
    }
}
