using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Patches;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Answers patches of all four types.</summary>
internal sealed class PatchHandler(ObjectService objects)
{
    private const string JsonType = "application/json-patch+json";
    private const string MergeType = "application/merge-patch+json";
    private const string StrategicType = "application/strategic-merge-patch+json";
    private const string ApplyType = "application/apply-patch+yaml";

    public async Task<(JsonObject Object, bool Created)> PatchAsync(HttpContext context, ResourceKind kind, ApiPath path, WriteOptions options)
    {
        var cancellationToken = context.RequestAborted;
        var type = RequestBody.MediaType(context.Request);
        string[] accepted = kind.Custom is null ? [JsonType, MergeType, StrategicType, ApplyType] : [JsonType, MergeType, ApplyType];
        if (!accepted.Contains(type))
        {
            throw Refusal.UnsupportedMediaType(accepted);
        }

        var bytes = await RequestBody.ReadAsync(context.Request, cancellationToken).ConfigureAwait(false);
        if (type == ApplyType)
        {
            if (path.Subresource == "scale")
            {
                throw Refusal.UnsupportedMediaType([JsonType, MergeType]);
            }

            var manifest = RequestBody.Parse(bytes) as JsonObject ?? throw Refusal.BadRequest("the manifest is not an object");
            return await objects.ApplyAsync(kind, path.Namespace, path.Name, manifest, options, cancellationToken).ConfigureAwait(false);
        }

        var edit = Edit(type, bytes);
        if (path.Subresource == "scale")
        {
            var inner = edit;
            edit = current => ScaleView.Apply(kind, current, inner(ScaleView.Of(kind, current)));
        }

        return (await objects.ModifyAsync(kind, path.Namespace, path.Name, options, edit, cancellationToken).ConfigureAwait(false), false);
    }

    private static Func<JsonObject, JsonObject> Edit(string type, byte[] bytes)
    {
        JsonNode? patch;
        try
        {
            patch = JsonAccess.Parse(bytes);
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            throw Refusal.BadRequest($"error decoding patch: {problem.Message}");
        }

        if (type == JsonType)
        {
            var operations = patch as JsonArray ?? throw Refusal.BadRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
            return current => JsonPatch.Apply(current, operations);
        }

        var map = patch as JsonObject ?? throw Refusal.BadRequest("error decoding patch: it is not an object");
        return current =>
        {
            if (type == MergeType)
            {
                MergePatch.Apply(current, map);
            }
            else
            {
                StrategicMergePatch.Apply(current, map);
            }

            return current;
        };
    }
}
