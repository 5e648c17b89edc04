using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Rules;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Deletes what has lost its owners; waits for dependents before an owner deleted in the foreground; sets dependents free of an owner that orphans them.</summary>
internal sealed class GarbageCollector(ObjectService objects) : Controller(objects)
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";

    private readonly Dictionary<string, string> _keyOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _dependents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _owners = new(StringComparer.Ordinal);

    protected override string Name => "garbage-collector";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var (key, uid) = (change.Key, change.Object.Uid);
        var affected = new List<string>();
        foreach (var owner in _owners.GetValueOrDefault(key, []))
        {
            _dependents.GetValueOrDefault(owner)?.Remove(key);
            if (_keyOf.TryGetValue(owner, out var ownerKey))
            {
                affected.Add(ownerKey);
            }
        }

        _owners.Remove(key);
        if (change.Type == StoreEventType.Deleted)
        {
            _keyOf.Remove(uid);
            affected.AddRange(_dependents.GetValueOrDefault(uid) ?? []);
            _dependents.Remove(uid);
            return affected;
        }

        _keyOf[uid] = key;
        var owners = change.Object.View.List("metadata", "ownerReferences").Maps().Select(owner => owner.Text("uid") ?? string.Empty).ToList();
        if (owners.Count > 0)
        {
            _owners[key] = owners;
            foreach (var owner in owners)
            {
                if (!_dependents.TryGetValue(owner, out var set))
                {
                    _dependents[owner] = set = new HashSet<string>(StringComparer.Ordinal);
                }

                set.Add(key);
            }

            affected.Add(key);
        }

        if (change.Object.View.IsDeleting() && Finalizers.Any(change.Object.View))
        {
            affected.Add(key);
        }

        return affected;
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        if (Objects.Store.Get(key) is not { } item || Objects.Kinds.Current.FindStored(ObjectStore.KindOf(key)) is not { } kind)
        {
            return;
        }

        if (item.View.IsDeleting())
        {
            if (Finalizers.Has(item.View, Orphan))
            {
                await FreeAsync(item, cancellationToken).ConfigureAwait(false);
                await ReleaseAsync(kind, item, Orphan, cancellationToken).ConfigureAwait(false);
            }
            else if (Finalizers.Has(item.View, Foreground))
            {
                await DeleteDependentsAsync(kind, item, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var owners = item.View.List("metadata", "ownerReferences").Maps().ToList();
        var gone = owners.Where(owner => !_keyOf.ContainsKey(owner.Text("uid") ?? string.Empty)).Select(owner => owner.Text("uid")).ToHashSet();
        if (owners.Count == 0 || gone.Count == 0)
        {
            return;
        }

        if (gone.Count == owners.Count)
        {
            await Objects.DeleteAsync(kind, item.Namespace, item.Name, new DeleteRequest { Uid = item.Uid }, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await DisownAsync(kind, item, gone, cancellationToken).ConfigureAwait(false);
        }
    }

    private List<(ResourceKind Kind, StoredObject Item)> Dependents(string uid)
    {
        var found = new List<(ResourceKind, StoredObject)>();
        foreach (var key in _dependents.GetValueOrDefault(uid) ?? [])
        {
            if (Objects.Store.Get(key) is { } item && Objects.Kinds.Current.FindStored(ObjectStore.KindOf(key)) is { } kind)
            {
                found.Add((kind, item));
            }
        }

        return found;
    }

    private async Task FreeAsync(StoredObject owner, CancellationToken cancellationToken)
    {
        foreach (var (kind, item) in Dependents(owner.Uid))
        {
            await DisownAsync(kind, item, new HashSet<string?> { owner.Uid }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task DisownAsync(ResourceKind kind, StoredObject item, HashSet<string?> owners, CancellationToken cancellationToken)
    {
        try
        {
            await Objects.ModifyAsync(
                kind,
                item.Namespace,
                item.Name,
                Options(),
                current =>
                {
                    var kept = current.List("metadata", "ownerReferences").Maps().Where(owner => !owners.Contains(owner.Text("uid"))).Select(owner => owner.DeepClone()).ToArray();
                    current.Ensure("metadata").Assign("ownerReferences", kept.Length == 0 ? null : new JsonArray(kept));
                    return current;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException refusal) when (refusal.Code == 404)
        {
            // It is gone, which is as good.
        }
    }

    private async Task DeleteDependentsAsync(ResourceKind kind, StoredObject owner, CancellationToken cancellationToken)
    {
        foreach (var (of, item) in Dependents(owner.Uid).Where(dependent => !dependent.Item.View.IsDeleting()))
        {
            var propagation = (_dependents.GetValueOrDefault(item.Uid)?.Count ?? 0) > 0 ? "Foreground" : null;
            try
            {
                await Objects.DeleteAsync(of, item.Namespace, item.Name, new DeleteRequest { Uid = item.Uid, Propagation = propagation }, cancellationToken).ConfigureAwait(false);
            }
            catch (ApiException refusal) when (refusal.Code is 404 or 409)
            {
                // It is gone or another one by now.
            }
        }

        var blocked = Dependents(owner.Uid).Any(dependent => dependent.Item.View.List("metadata", "ownerReferences").Maps()
            .Any(reference => reference.Text("uid") == owner.Uid && reference.Flag("blockOwnerDeletion") == true));
        if (!blocked)
        {
            await ReleaseAsync(kind, owner, Foreground, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<JsonObject> ReleaseAsync(ResourceKind kind, StoredObject item, string finalizer, CancellationToken cancellationToken) => Objects.ModifyAsync(
        kind,
        item.Namespace,
        item.Name,
        Options(),
        current =>
        {
            Finalizers.Remove(current, finalizer);
            return current;
        },
        cancellationToken);
}
