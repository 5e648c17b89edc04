using System.Text.Json.Nodes;

namespace Blackstart.Systems.Kubernetes;

/// <summary>What a <c>v1 Node</c> object says.</summary>
internal static class NodeState
{
    public static bool IsReady(JsonObject node) => (node["status"]?["conditions"]?.AsArray() ?? [])
        .Any(c => c?["type"]?.GetValue<string>() == "Ready" && c["status"]?.GetValue<string>() == "True");
}
