using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Selectors;

/// <summary>A field selector. Custom kinds know two fields, some built-in kinds know more.</summary>
internal sealed class FieldSelector
{
    private static readonly Dictionary<string, string[]> More = new(StringComparer.Ordinal)
    {
        ["pods"] = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"],
        ["namespaces"] = ["status.phase", "name"],
        ["secrets"] = ["type"],
        ["nodes"] = ["spec.unschedulable"],
        ["events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["replicasets"] = ["status.replicas"],
        ["replicationcontrollers"] = ["status.replicas"],
        ["jobs"] = ["status.successful"],
    };

    private readonly List<(string Field, bool Equal, string Value)> _terms;

    private FieldSelector(List<(string Field, bool Equal, string Value)> terms) => _terms = terms;

    public bool IsEmpty => _terms.Count == 0;

    /// <summary>The name that every match must have, if the selector says so.</summary>
    public string? Name => _terms.Where(term => term is { Field: "metadata.name", Equal: true }).Select(term => term.Value).FirstOrDefault();

    /// <summary>Reads the query form: <c>a=b,c!=d</c>.</summary>
    /// <exception cref="ApiException">A field is not known for this kind.</exception>
    public static FieldSelector Parse(string? text, ResourceKind kind)
    {
        var terms = new List<(string, bool, string)>();
        foreach (var part in (text ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw Refusal.BadRequest($"invalid selector: '{part}'; can't understand '{part}'");
            }

            var equal = part[equals - 1] != '!';
            var field = part[..(equal ? equals : equals - 1)];
            var value = part[(equals + 1)..].TrimStart('=').Replace("\\,", ",", StringComparison.Ordinal).Replace("\\=", "=", StringComparison.Ordinal);
            if (field is not ("metadata.name" or "metadata.namespace") && (kind.Custom is not null || !More.GetValueOrDefault(kind.Plural, []).Contains(field)))
            {
                throw Refusal.BadRequest(kind.Custom is null
                    ? $"\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    : $"field label not supported: {field}");
            }

            terms.Add((field, equal, value));
        }

        return new FieldSelector(terms);
    }

    public bool Matches(JsonObject value)
    {
        foreach (var (field, equal, expected) in _terms)
        {
            if ((Read(value, field) == expected) != equal)
            {
                return false;
            }
        }

        return true;
    }

    private static string Read(JsonObject value, string field)
    {
        switch (field)
        {
            case "name":
                return value.Name();
            case "source":
                return value.Text("source", "component") ?? value.Text("reportingComponent") ?? string.Empty;
            case "spec.unschedulable":
                return value.Flag("spec", "unschedulable") == true ? "true" : "false";
        }

        JsonNode? node = value;
        foreach (var part in field.Split('.'))
        {
            node = node.At(part);
        }

        return node switch
        {
            null => string.Empty,
            JsonValue text when text.TryGetValue<string>(out var found) => found,
            _ => node.ToJsonString(),
        };
    }
}
