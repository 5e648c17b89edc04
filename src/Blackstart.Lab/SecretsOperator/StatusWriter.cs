using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>Tells how an object fares: conditions in its status, and events.</summary>
internal sealed class StatusWriter(ClusterClient cluster, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <summary>Synced, healthy, ready; and what else the status is to say.</summary>
    public async Task SucceedAsync(ResourceType type, JsonObject source, string reason, string message, JsonObject status, CancellationToken cancellationToken)
    {
        status["conditions"] = await ConditionsAsync(type, source, [("SecretSynced", true, reason, message), ("Healthy", true, reason, message), ("Ready", true, reason, message)], cancellationToken);
        await cluster.PatchStatusAsync(type, source.Namespace(), source.Name(), status, cancellationToken);
        await TellAsync(source, "Normal", reason, message, cancellationToken);
    }

    /// <summary>Not synced, not healthy, not ready. What the status said of the last success stays, as the Secret does.</summary>
    public async Task FailAsync(ResourceType type, JsonObject source, string reason, string message, CancellationToken cancellationToken)
    {
        var status = new JsonObject
        {
            ["conditions"] = await ConditionsAsync(type, source, [("SecretSynced", false, reason, message), ("Healthy", false, reason, message), ("Ready", false, reason, message)], cancellationToken),
        };
        await cluster.PatchStatusAsync(type, source.Namespace(), source.Name(), status, cancellationToken);
        await TellAsync(source, "Warning", reason, message, cancellationToken);
    }

    /// <summary>Whether a VaultConnection or VaultAuth works.</summary>
    public async Task ValidateAsync(ResourceType type, JsonObject source, string? error, CancellationToken cancellationToken)
    {
        var message = error ?? "Valid";
        if (_told.TryGetValue(source.Uid(), out var told) && told == message)
        {
            return;
        }

        var reason = error is null ? "Accepted" : "Invalid";
        var status = new JsonObject
        {
            ["valid"] = error is null,
            ["conditions"] = await ConditionsAsync(type, source, [("Healthy", error is null, reason, message), ("Ready", error is null, reason, message)], cancellationToken),
        };
        if (type == SecretsOperatorKinds.Auths)
        {
            status["error"] = error ?? string.Empty;
        }

        await cluster.PatchStatusAsync(type, source.Namespace(), source.Name(), status, cancellationToken);
        _told[source.Uid()] = message;
    }

    private async Task<JsonArray> ConditionsAsync(
        ResourceType type,
        JsonObject source,
        IReadOnlyList<(string Type, bool Holds, string Reason, string Message)> conditions,
        CancellationToken cancellationToken)
    {
        var current = await cluster.GetAsync(type, source.Namespace(), source.Name(), cancellationToken);
        var old = current.ItemsAt("status", "conditions").ToDictionary(condition => condition.TextAt("type") ?? string.Empty, StringComparer.Ordinal);
        var now = Now();
        return new JsonArray([.. conditions.Select(condition =>
        {
            var holds = condition.Holds ? "True" : "False";
            return (JsonNode)new JsonObject
            {
                ["type"] = condition.Type,
                ["status"] = holds,
                ["reason"] = condition.Reason,
                ["message"] = condition.Message,
                ["observedGeneration"] = source.At("metadata", "generation")?.DeepClone() ?? 0,
                ["lastTransitionTime"] = old.GetValueOrDefault(condition.Type) is { } before && before.TextAt("status") == holds
                    ? before.TextAt("lastTransitionTime") ?? now
                    : now,
            };
        })]);
    }

    /// <summary>Tells an event, once for the same news; a failure to tell is not one of the object's.</summary>
    private async Task TellAsync(JsonObject source, string type, string reason, string message, CancellationToken cancellationToken)
    {
        var news = $"{reason}/{message}";
        if (_told.TryGetValue(source.Uid(), out var told) && told == news)
        {
            return;
        }

        _told[source.Uid()] = news;
        var now = Now();
        try
        {
            await cluster.CreateAsync(
                ResourceType.Events,
                new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "Event",
                    ["metadata"] = new JsonObject { ["name"] = $"{source.Name()}.{Guid.NewGuid():N}", ["namespace"] = source.Namespace() },
                    ["involvedObject"] = new JsonObject
                    {
                        ["apiVersion"] = source.TextAt("apiVersion"),
                        ["kind"] = source.TextAt("kind"),
                        ["namespace"] = source.Namespace(),
                        ["name"] = source.Name(),
                        ["uid"] = source.Uid(),
                    },
                    ["type"] = type,
                    ["reason"] = reason,
                    ["message"] = message,
                    ["count"] = 1,
                    ["firstTimestamp"] = now,
                    ["lastTimestamp"] = now,
                    ["source"] = new JsonObject { ["component"] = "vault-secrets-operator" },
                    ["reportingComponent"] = "vault-secrets-operator",
                    ["reportingInstance"] = "vault-secrets-operator",
                },
                cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or ClusterApiException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"vault-secrets-operator: event {reason} of {source.Key()} not told: {error.Message}");
        }
    }

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
