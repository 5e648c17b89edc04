using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>What the workload controllers share.</summary>
internal static class Workloads
{
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>A short name for a template: the same for the same content, whatever the order of its members.</summary>
    public static string Hash(JsonNode? template)
    {
        var bytes = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Sorted(template)));
        return string.Concat(bytes[..10].Select(value => Letters[value % Letters.Length]));
    }

    public static JsonObject Owner(StoredObject owner) => new()
    {
        ["apiVersion"] = owner.View.Text("apiVersion"),
        ["kind"] = owner.View.Text("kind"),
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    /// <summary>The uid of the controller that an object belongs to.</summary>
    public static string? ControllerOf(JsonObject value) =>
        value.List("metadata", "ownerReferences").Maps().FirstOrDefault(owner => owner.Flag("controller") == true)?.Text("uid");

    /// <summary>The key of that controller, if it is of a kind.</summary>
    public static string? OwnerKey(StoredObject item, string prefix, string kind)
    {
        var owner = item.View.List("metadata", "ownerReferences").Maps().FirstOrDefault(owner => owner.Flag("controller") == true);
        return owner.Text("kind") == kind ? $"{prefix}{item.Namespace}/{owner.Text("name")}" : null;
    }

    public static bool IsActive(JsonObject pod) => !pod.IsDeleting() && pod.Text("status", "phase") is not ("Succeeded" or "Failed");

    public static bool IsReady(JsonObject pod) => IsActive(pod) && Conditions.Holds(pod, "Ready");

    /// <summary>A pod from a template.</summary>
    public static JsonObject Pod(JsonObject? template, StoredObject owner)
    {
        var metadata = template.Map("metadata")?.Copy() ?? [];
        metadata.Remove("creationTimestamp");
        metadata["ownerReferences"] = new JsonArray(Owner(owner));
        return new JsonObject { ["metadata"] = metadata, ["spec"] = template.Map("spec")?.DeepClone() };
    }

    /// <summary>An absolute number or a percentage of a total.</summary>
    public static long Share(JsonNode? value, long total, bool up)
    {
        if (value.Text() is not { } text || !text.EndsWith('%'))
        {
            return value.Number() ?? 0;
        }

        var part = (double)long.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture) * total / 100;
        return (long)(up ? Math.Ceiling(part) : Math.Floor(part));
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
