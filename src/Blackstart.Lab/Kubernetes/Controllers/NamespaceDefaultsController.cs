using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Gives each namespace its default service account and the certificate that its programs trust the API by.</summary>
internal sealed class NamespaceDefaultsController(ObjectService objects, string authorityPem) : Controller(objects)
{
    private const string AuthorityName = "kube-root-ca.crt";

    protected override string Name => "service-account-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        if (change.Key.StartsWith(Core("namespaces").StoragePrefix, StringComparison.Ordinal))
        {
            yield return change.Object.Name;
        }
        else if ((change.Type == StoreEventType.Deleted && change.Object.Name == "default" && change.Key.StartsWith(Core("serviceaccounts").StoragePrefix, StringComparison.Ordinal))
            || (change.Object.Name == AuthorityName && change.Key.StartsWith(Core("configmaps").StoragePrefix, StringComparison.Ordinal)))
        {
            yield return change.Object.Namespace!;
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        if (Objects.Find(Core("namespaces"), null, key) is not { } home || home.View.IsDeleting())
        {
            return;
        }

        if (Objects.Find(Core("serviceaccounts"), key, "default") is null)
        {
            await MakeAsync(Core("serviceaccounts"), key, "default", [], cancellationToken).ConfigureAwait(false);
        }

        var authority = Objects.Find(Core("configmaps"), key, AuthorityName);
        if (authority is null)
        {
            await MakeAsync(Core("configmaps"), key, AuthorityName, new JsonObject { ["data"] = new JsonObject { ["ca.crt"] = authorityPem } }, cancellationToken).ConfigureAwait(false);
        }
        else if (authority.View.Text("data", "ca.crt") != authorityPem)
        {
            await Objects.ModifyAsync(
                Core("configmaps"),
                key,
                AuthorityName,
                Options(),
                current =>
                {
                    current.Ensure("data")["ca.crt"] = authorityPem;
                    return current;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MakeAsync(ResourceKind kind, string home, string name, JsonObject value, CancellationToken cancellationToken)
    {
        value["metadata"] = new JsonObject { ["name"] = name };
        await Objects.CreateAsync(kind, home, value, Options(), cancellationToken).ConfigureAwait(false);
    }
}
