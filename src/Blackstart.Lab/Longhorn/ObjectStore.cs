using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>
/// Longhorn's objects as last heard of, and the way to change them. What a write returns counts at once, so that a watch that lags
/// behind does not make a controller act twice. Objects handed out are not to be changed.
/// </summary>
internal sealed class ObjectStore(ClusterClient client)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ResourceType, Dictionary<string, JsonObject>> _objects = [];
    private readonly HashSet<ResourceType> _synced = [];

    public ClusterClient Client => client;

    public bool IsSynced(ResourceType type)
    {
        lock (_gate)
        {
            return _synced.Contains(type);
        }
    }

    public IReadOnlyList<JsonObject> All(ResourceType type)
    {
        lock (_gate)
        {
            return [.. Of(type).Values];
        }
    }

    public JsonObject? Get(ResourceType type, string name)
    {
        lock (_gate)
        {
            return Of(type).GetValueOrDefault(name);
        }
    }

    /// <summary>Follows a kind until the token fires; tells of every change.</summary>
    public async Task FollowAsync(ResourceType type, Action changed, CancellationToken cancellationToken)
    {
        await foreach (var change in client.WatchAsync(type, LonghornKinds.Namespace, labelSelector: null, cancellationToken))
        {
            lock (_gate)
            {
                switch (change.Type)
                {
                    case WatchEventType.Synced:
                        _synced.Add(type);
                        break;
                    case WatchEventType.Deleted:
                        Forget(type, change.Object);
                        break;
                    default:
                        Learn(type, change.Object);
                        break;
                }
            }

            changed();
        }
    }

    /// <summary>Creates an object of a kind; kind, version and namespace are filled in.</summary>
    public async Task<JsonObject> CreateAsync(ResourceType type, JsonObject item, CancellationToken cancellationToken)
    {
        item["apiVersion"] = type.ApiVersion;
        item["kind"] = LonghornKinds.Kind(type);
        item["metadata"]!["namespace"] = LonghornKinds.Namespace;
        var created = await client.CreateAsync(type, item, cancellationToken);
        Keep(type, created);
        return created;
    }

    /// <summary>Brings an object to the state that <paramref name="change"/> makes of a copy; writes only what differs. Null if the object is gone.</summary>
    public async Task<JsonObject?> ChangeAsync(ResourceType type, string name, Action<JsonObject> change, CancellationToken cancellationToken)
    {
        if (Get(type, name) is not { } before)
        {
            return null;
        }

        var after = (JsonObject)before.DeepClone();
        change(after);
        var patch = MergePatch.Between(before, after);
        var status = patch["status"] as JsonObject;
        patch.Remove("status");
        var current = before;
        if (status is not null)
        {
            current = await client.PatchStatusAsync(type, LonghornKinds.Namespace, name, status, cancellationToken);
        }

        if (current is not null && patch.Count > 0)
        {
            current = await client.PatchAsync(type, LonghornKinds.Namespace, name, patch, cancellationToken);
        }

        if (current is null)
        {
            lock (_gate)
            {
                Forget(type, before);
            }

            return null;
        }

        if (!ReferenceEquals(current, before))
        {
            Keep(type, current);
        }

        return current;
    }

    /// <summary>Asks for an object's deletion; its finalizer decides when it goes.</summary>
    public Task DeleteAsync(ResourceType type, string name, CancellationToken cancellationToken) =>
        client.DeleteAsync(type, LonghornKinds.Namespace, name, cancellationToken);

    /// <summary>Lets an object go that is being deleted.</summary>
    public async Task ReleaseAsync(ResourceType type, JsonObject item, CancellationToken cancellationToken)
    {
        var left = (item.At("metadata", "finalizers") as JsonArray)?.Select(node => node?.GetValue<string>()).Where(text => text != LonghornKinds.Finalizer).ToList() ?? [];
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. left.Select(text => JsonValue.Create(text))]) },
        };
        await client.PatchAsync(type, LonghornKinds.Namespace, item.Name(), patch, cancellationToken);
        lock (_gate)
        {
            Forget(type, item);
        }
    }

    private static long Version(JsonObject item) =>
        long.TryParse(item.ResourceVersion(), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private Dictionary<string, JsonObject> Of(ResourceType type)
    {
        if (!_objects.TryGetValue(type, out var objects))
        {
            _objects[type] = objects = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        }

        return objects;
    }

    private void Keep(ResourceType type, JsonObject item)
    {
        lock (_gate)
        {
            Learn(type, item);
        }
    }

    private void Learn(ResourceType type, JsonObject item)
    {
        var objects = Of(type);
        if (!objects.TryGetValue(item.Name(), out var known) || Version(known) < Version(item))
        {
            objects[item.Name()] = item;
        }
    }

    private void Forget(ResourceType type, JsonObject item)
    {
        var objects = Of(type);
        if (objects.TryGetValue(item.Name(), out var known) && known.Uid() == item.Uid())
        {
            objects.Remove(item.Name());
        }
    }
}
