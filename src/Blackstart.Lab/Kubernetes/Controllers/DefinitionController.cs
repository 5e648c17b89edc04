using Blackstart.Lab.Kubernetes.CustomResources;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Rules;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Deletes all objects of a kind whose definition is being deleted, and then lets the definition go: what wiping Longhorn's CRDs did in April.</summary>
internal sealed class DefinitionController(ObjectService objects) : Controller(objects)
{
    protected override string Name => "apiextensions-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var definitions = Objects.Kinds.BuiltIn("apiextensions.k8s.io", "customresourcedefinitions");
        if (change.Key.StartsWith(definitions.StoragePrefix, StringComparison.Ordinal))
        {
            if (change.Object.View.IsDeleting())
            {
                yield return change.Object.Name;
            }
        }
        else if (change.Type == StoreEventType.Deleted && ObjectStore.KindOf(change.Key).Split('/') is [_, _, var group, var plural, _]
            && Objects.Find(definitions, null, $"{plural}.{group}")?.View.IsDeleting() == true)
        {
            yield return $"{plural}.{group}";
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        var definitions = Objects.Kinds.BuiltIn("apiextensions.k8s.io", "customresourcedefinitions");
        if (Objects.Find(definitions, null, key) is not { } definition || !definition.View.IsDeleting() || !Finalizers.Has(definition.View, DefinitionRules.Cleanup))
        {
            return;
        }

        var prefix = $"/registry/{definition.View.Text("spec", "group")}/{definition.View.Text("spec", "names", "plural")}/";
        var kind = CustomKinds.Of(definition.View).FirstOrDefault();
        foreach (var item in Objects.Store.List(prefix).Objects.Where(item => kind is not null && !item.View.IsDeleting()))
        {
            await Objects.DeleteAsync(kind!, item.Namespace, item.Name, new DeleteRequest { Uid = item.Uid }, cancellationToken).ConfigureAwait(false);
        }

        if (Objects.Store.List(prefix).Objects.Count > 0)
        {
            await Objects.ModifyAsync(
                definitions,
                null,
                key,
                Options("status"),
                current =>
                {
                    Conditions.Set(current.Ensure("status"), "Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress", Timestamps.Now(Objects.Clock));
                    return current;
                },
                cancellationToken).ConfigureAwait(false);
            return;
        }

        await Objects.ModifyAsync(
            definitions,
            null,
            key,
            Options(),
            current =>
            {
                Finalizers.Remove(current, DefinitionRules.Cleanup);
                return current;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
