using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>Writes the Secret that an object names as its destination, and restarts what reads it.</summary>
internal sealed class SecretWriter(ClusterClient cluster, TimeProvider time)
{
    private const string ManagedBy = "app.kubernetes.io/managed-by";
    private const string Manager = "hashicorp-vso";

    /// <summary>Selects the Secrets made here.</summary>
    public const string Selector = $"{ManagedBy}={Manager}";

    /// <summary>Puts the data into the destination.</summary>
    /// <param name="source">The object that asks for it.</param>
    /// <param name="data">What Vault gave; each field becomes a key, the whole <c>_raw</c>.</param>
    /// <param name="raw">What <c>_raw</c> holds.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether anything in it changed.</returns>
    /// <exception cref="SyncFailure">The destination is not there and not to be made, or belongs to somebody else.</exception>
    public async Task<bool> WriteAsync(JsonObject source, JsonObject data, JsonObject raw, CancellationToken cancellationToken)
    {
        var destination = source.At("spec", "destination");
        var name = destination.TextAt("name") ?? throw new SyncFailure("SecretSyncError", "destination.name is empty");
        var creates = Flag(destination, "create");
        var content = new JsonObject();
        foreach (var (key, value) in data)
        {
            content[key] = Encode(value is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : value?.ToJsonString() ?? string.Empty);
        }

        if (!Flag(destination.At("transformation"), "excludeRaw"))
        {
            content["_raw"] = Encode(raw.ToJsonString());
        }

        var existing = await cluster.GetAsync(ResourceType.Secrets, source.Namespace(), name, cancellationToken);
        if (existing is null)
        {
            if (!creates)
            {
                throw new SyncFailure("SecretSyncError", $"Secret {source.Namespace()}/{name} is not there, and destination.create is not set");
            }

            await cluster.CreateAsync(ResourceType.Secrets, New(source, destination, name, content), cancellationToken);
            return true;
        }

        if (creates && existing.TextAt("metadata", "labels", ManagedBy) != Manager && !Flag(destination, "overwrite"))
        {
            throw new SyncFailure("SecretSyncError", $"Secret {source.Namespace()}/{name} is there and not the operator's; destination.overwrite is not set");
        }

        if (JsonNode.DeepEquals(existing["data"], content))
        {
            return false;
        }

        var updated = creates ? New(source, destination, name, content) : (JsonObject)existing.DeepClone();
        updated["data"] = content.DeepClone();
        updated["metadata"]!["resourceVersion"] = existing.ResourceVersion();
        await cluster.UpdateAsync(ResourceType.Secrets, updated, cancellationToken);
        return true;
    }

    /// <summary>Whether the destination is there.</summary>
    public async Task<bool> ExistsAsync(JsonObject source, CancellationToken cancellationToken) =>
        source.TextAt("spec", "destination", "name") is { } name
        && await cluster.GetAsync(ResourceType.Secrets, source.Namespace(), name, cancellationToken) is not null;

    /// <summary>Restarts the workloads an object names, as <c>kubectl rollout restart</c> does.</summary>
    public async Task RestartAsync(JsonObject source, CancellationToken cancellationToken)
    {
        foreach (var target in source.ItemsAt("spec", "rolloutRestartTargets"))
        {
            var type = target.TextAt("kind") switch
            {
                "Deployment" => ResourceType.Deployments,
                "StatefulSet" => ResourceType.StatefulSets,
                "DaemonSet" => new ResourceType("apps", "v1", "daemonsets"),
                var other => throw new SyncFailure("RolloutRestartUnsupported", $"a {other} cannot be restarted"),
            };
            var annotations = new JsonObject
            {
                ["vso.secrets.hashicorp.com/restartedAt"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            };
            var patch = new JsonObject { ["spec"] = new JsonObject { ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } } } };
            var name = target.TextAt("name") ?? string.Empty;
            if (await cluster.PatchAsync(type, source.Namespace(), name, patch, cancellationToken) is null)
            {
                throw new SyncFailure("RolloutRestartFailed", $"{target.TextAt("kind")} {source.Namespace()}/{name} is not there");
            }
        }
    }

    private static JsonObject New(JsonObject source, JsonNode? destination, string name, JsonObject content)
    {
        var labels = destination.At("labels")?.DeepClone() as JsonObject ?? [];
        labels["app.kubernetes.io/name"] = "vault-secrets-operator";
        labels[ManagedBy] = Manager;
        labels["app.kubernetes.io/component"] = "secret-sync";
        labels["secrets.hashicorp.com/vso-ownerRefUID"] = source.Uid();
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["type"] = destination.TextAt("type") ?? "Opaque",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = source.Namespace(),
                ["labels"] = labels,
                ["annotations"] = destination.At("annotations")?.DeepClone() ?? new JsonObject(),
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = source.TextAt("apiVersion"),
                    ["kind"] = source.TextAt("kind"),
                    ["name"] = source.Name(),
                    ["uid"] = source.Uid(),
                }),
            },
            ["data"] = content,
        };
    }

    private static bool Flag(JsonNode? node, string name) => node.At(name) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
