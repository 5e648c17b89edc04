using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Longhorn;

/// <summary>Reading and writing the parts that Longhorn's objects share.</summary>
internal static class LonghornObject
{
    public static JsonObject New(string name, JsonObject? owner, IReadOnlyDictionary<string, string> labels)
    {
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
            ["finalizers"] = new JsonArray(LonghornKinds.Finalizer),
        };
        if (owner is not null)
        {
            metadata["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "longhorn.io/v1beta2",
                ["kind"] = owner.TextAt("kind") ?? "Volume",
                ["name"] = owner.Name(),
                ["uid"] = owner.Uid(),
                ["blockOwnerDeletion"] = true,
            });
        }

        return new JsonObject { ["metadata"] = metadata };
    }

    /// <summary>The object's spec, made if missing.</summary>
    public static JsonObject Spec(this JsonObject item) => Part(item, "spec");

    /// <summary>The object's status, made if missing.</summary>
    public static JsonObject Status(this JsonObject item) => Part(item, "status");

    /// <summary>An inner object, made if missing.</summary>
    public static JsonObject Part(this JsonObject item, string key)
    {
        if (item[key] is not JsonObject part)
        {
            item[key] = part = [];
        }

        return part;
    }

    public static bool Flag(this JsonObject item, params ReadOnlySpan<string> path) =>
        item.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    public static long Number(this JsonNode? item, long missing, params ReadOnlySpan<string> path)
    {
        if (item.At(path) is not JsonValue value)
        {
            return missing;
        }

        if (value.TryGetValue<long>(out var number))
        {
            return number;
        }

        if (value.TryGetValue<int>(out var small))
        {
            return small;
        }

        return value.TryGetValue<string>(out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) ? number : missing;
    }

    /// <summary>True if the text at the path is there and not empty.</summary>
    public static bool Has(this JsonObject item, params ReadOnlySpan<string> path) => !string.IsNullOrEmpty(item.TextAt(path));

    public static bool IsVolume(this JsonObject item, string volume) => item.TextAt("spec", "volumeName") == volume;

    /// <summary>Sets a condition; its time changes only when its status does.</summary>
    public static void SetCondition(this JsonObject owner, string type, bool holds, string reason, string message, string now)
    {
        if (owner["conditions"] is not JsonArray conditions)
        {
            owner["conditions"] = conditions = [];
        }

        var status = holds ? "True" : "False";
        var condition = conditions.OfType<JsonObject>().FirstOrDefault(item => item.TextAt("type") == type);
        if (condition is null)
        {
            conditions.Add(condition = new JsonObject { ["type"] = type, ["lastProbeTime"] = "" });
        }

        if (condition.TextAt("status") != status)
        {
            condition["status"] = status;
            condition["lastTransitionTime"] = now;
        }

        condition["reason"] = reason;
        condition["message"] = message;
    }

    public static string Timestamp(this TimeProvider time) =>
        time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset? Time(this JsonObject item, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(item.TextAt(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
