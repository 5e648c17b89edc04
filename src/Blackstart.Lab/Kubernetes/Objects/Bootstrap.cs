using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>What a cluster has from its first moment.</summary>
internal static class Bootstrap
{
    private static readonly string[] Namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    public static async Task RunAsync(ObjectService objects, CancellationToken cancellationToken)
    {
        var kind = objects.Kinds.BuiltIn(string.Empty, "namespaces");
        foreach (var name in Namespaces.Where(name => objects.Find(kind, null, name) is null))
        {
            try
            {
                await objects.CreateAsync(kind, null, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, WriteOptions.By("kube-apiserver"), cancellationToken).ConfigureAwait(false);
            }
            catch (ApiException refusal) when (refusal.Reason == "AlreadyExists")
            {
                // A server that was killed had come this far.
            }
        }
    }
}
