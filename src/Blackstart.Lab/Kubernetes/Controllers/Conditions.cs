using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>status.conditions, one per type.</summary>
internal static class Conditions
{
    public static JsonObject? Find(JsonObject? value, string type) =>
        value.List("status", "conditions").Maps().FirstOrDefault(condition => condition.Text("type") == type);

    public static bool Holds(JsonObject? value, string type) => Find(value, type).Text("status") == "True";

    /// <summary>Sets a condition; its time moves only when its status does.</summary>
    public static void Set(JsonObject status, string type, string value, string reason, string message, string now, bool update = false)
    {
        if (status["conditions"] is not JsonArray list)
        {
            status["conditions"] = list = [];
        }

        var condition = list.Maps().FirstOrDefault(item => item.Text("type") == type);
        if (condition is null)
        {
            condition = new JsonObject { ["type"] = type };
            list.Add((JsonNode)condition);
        }

        var same = condition.Text("status") == value;
        var changed = !same || condition.Text("reason") != reason || condition.Text("message") != message;
        condition["status"] = value;
        condition["reason"] = reason;
        condition["message"] = message;
        if (!same || condition.Text("lastTransitionTime") is null)
        {
            condition["lastTransitionTime"] = now;
        }

        if (update && changed)
        {
            condition["lastUpdateTime"] = now;
        }
    }
}
