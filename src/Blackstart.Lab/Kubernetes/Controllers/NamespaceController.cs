using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Empties a namespace that is being deleted, says what still holds it, and lets it go when nothing does.</summary>
internal sealed class NamespaceController(ObjectService objects) : Controller(objects)
{
    private static readonly string[] Failures =
        ["NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure", "NamespaceDeletionContentFailure"];

    protected override string Name => "namespace-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var kind = Core("namespaces");
        if (change.Key.StartsWith(kind.StoragePrefix, StringComparison.Ordinal))
        {
            if (change.Object.View.IsDeleting())
            {
                yield return change.Object.Name;
            }
        }
        else if (change.Object.Namespace is { } home && Objects.Find(kind, null, home)?.View.IsDeleting() == true)
        {
            yield return home;
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        var kind = Core("namespaces");
        if (Objects.Find(kind, null, key) is not { } home || !home.View.IsDeleting())
        {
            return;
        }

        foreach (var item in Content(key).Where(item => !item.View.IsDeleting()))
        {
            if (Objects.Kinds.Current.FindStored(ObjectStore.KindOf(item.Key)) is { } of)
            {
                await Objects.DeleteAsync(of, key, item.Name, new DeleteRequest { Uid = item.Uid }, cancellationToken).ConfigureAwait(false);
            }
        }

        var left = Content(key);
        if (left.Count == 0)
        {
            await Objects.ModifyAsync(
                kind,
                null,
                key,
                Options("finalize"),
                current =>
                {
                    current.Ensure("spec")["finalizers"] = new JsonArray();
                    return current;
                },
                cancellationToken).ConfigureAwait(false);
            return;
        }

        await Objects.ModifyAsync(kind, null, key, Options("status"), current => Report(current, left), cancellationToken).ConfigureAwait(false);
    }

    private List<StoredObject> Content(string name) =>
        [.. Objects.Store.Kinds().SelectMany(prefix => Objects.Store.List($"{prefix}{name}/").Objects).Where(item => item.Namespace == name)];

    private JsonObject Report(JsonObject current, List<StoredObject> left)
    {
        var resources = left.GroupBy(item => ObjectStore.KindOf(item.Key)).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
        {
            var kind = Objects.Kinds.Current.FindStored(group.Key);
            return $"{kind?.Plural}.{kind?.Group} has {group.Count()} resource instances";
        });
        var finalizers = left.SelectMany(item => item.View.List("metadata", "finalizers").Texts()).GroupBy(text => text).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} in {group.Count()} resource instances").ToList();
        var status = current.Ensure("status");
        var conditions = Failures.Select(type => (type, "False", "ResourcesDiscovered", "All resources successfully discovered")).ToList();
        conditions.Add(("NamespaceContentRemaining", "True", "SomeResourcesRemain", $"Some resources are remaining: {string.Join(", ", resources)}"));
        conditions.Add(finalizers.Count > 0
            ? ("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {string.Join(", ", finalizers)}")
            : ("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"));
        foreach (var (type, value, reason, message) in conditions)
        {
            Conditions.Set(status, type, value, reason, message, Timestamps.Now(Objects.Clock));
        }

        return current;
    }
}
