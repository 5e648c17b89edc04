using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Selectors;
using Blackstart.Lab.Kubernetes.Storage;
using Blackstart.Lab.Kubernetes.Tables;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Answers lists.</summary>
internal sealed class ListHandler(ObjectService objects, TableColumns columns)
{
    public async Task ListAsync(HttpContext context, ResourceKind kind, string? @namespace)
    {
        var request = context.Request;
        var labels = LabelSelector.Parse(Query.Text(request, "labelSelector"));
        var fields = FieldSelector.Parse(Query.Text(request, "fieldSelector"), kind);
        var prefix = kind.Namespaced && @namespace is not null ? $"{kind.StoragePrefix}{@namespace}/" : kind.StoragePrefix;
        var (all, revision) = objects.Store.List(prefix);
        IEnumerable<StoredObject> rest = all;
        if (Query.Text(request, "continue") is { Length: > 0 } token)
        {
            var start = ContinueToken.Read(token);
            rest = rest.Where(item => string.CompareOrdinal(item.Key, start) > 0);
        }

        var matching = rest.Where(item => labels.Matches(item.View.Map("metadata", "labels")) && fields.Matches(item.View)).ToList();
        var metadata = new JsonObject();
        if (kind.Custom is not null)
        {
            metadata["continue"] = string.Empty;
        }

        metadata["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
        if (Query.Number(request, "limit") is { } limit and > 0 && matching.Count > limit)
        {
            if (labels.IsEmpty && fields.IsEmpty)
            {
                metadata["remainingItemCount"] = matching.Count - limit;
            }

            matching = matching[..(int)limit];
            metadata["continue"] = ContinueToken.Write(matching[^1].Key);
        }

        switch (AcceptHeader.Of(request))
        {
            case Accepted.Table:
                var table = new Table(kind, columns.Of(kind), Query.Text(request, "includeObject"));
                await ApiResponse.WriteAsync(context, 200, table.Of(matching.Select(item => item.View), metadata)).ConfigureAwait(false);
                break;
            case Accepted.PartialMetadata:
                await ApiResponse.WriteAsync(context, 200, Partial(matching, metadata)).ConfigureAwait(false);
                break;
            default:
                await ApiResponse.WriteAsync(context, 200, Whole(kind, matching, metadata)).ConfigureAwait(false);
                break;
        }
    }

    // Items of built-in kinds go without apiVersion and kind, as from a real server.
    private static ReadOnlyMemory<byte> Whole(ResourceKind kind, List<StoredObject> items, JsonObject metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("kind", kind.ListKind);
            writer.WriteString("apiVersion", kind.ApiVersion);
            writer.WritePropertyName("metadata");
            metadata.WriteTo(writer);
            writer.WriteStartArray("items");
            foreach (var item in items)
            {
                if (kind.Custom is not null && item.View.Text("apiVersion") == kind.ApiVersion)
                {
                    writer.WriteRawValue(item.Json, skipInputValidation: true);
                    continue;
                }

                writer.WriteStartObject();
                foreach (var (name, value) in item.View)
                {
                    if (name is "apiVersion" or "kind")
                    {
                        if (kind.Custom is not null)
                        {
                            writer.WriteString(name, name == "kind" ? kind.Kind : kind.ApiVersion);
                        }

                        continue;
                    }

                    writer.WritePropertyName(name);
                    if (value is null)
                    {
                        writer.WriteNullValue();
                    }
                    else
                    {
                        value.WriteTo(writer);
                    }
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static JsonObject Partial(List<StoredObject> items, JsonObject metadata) => new()
    {
        ["kind"] = "PartialObjectMetadataList",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = metadata,
        ["items"] = new JsonArray([.. items.Select(item => (JsonNode)new JsonObject
        {
            ["kind"] = "PartialObjectMetadata",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = item.View.Map("metadata")?.DeepClone(),
        })]),
    };
}
