using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>Short-lived tokens of service accounts, by the TokenRequest API.</summary>
internal static class ServiceAccountTokens
{
    /// <summary>A token, or null when there is no such account.</summary>
    public static async Task<string?> RequestAsync(ClusterClient client, string ns, string account, TimeSpan life, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["metadata"] = new JsonObject { ["name"] = account, ["namespace"] = ns },
            ["spec"] = new JsonObject { ["expirationSeconds"] = (long)life.TotalSeconds, ["audiences"] = new JsonArray() },
        };
        var answer = await client.PostAsync(ResourceType.ServiceAccounts.Path(ns, account, "token"), request, cancellationToken);
        return answer.TextAt("status", "token");
    }
}
