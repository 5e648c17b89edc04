using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>What names, labels and finalizers may look like.</summary>
internal static partial class Naming
{
    private const string BadSubdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string BadLabelName =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string BadLabelValue =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string BadLabelKey =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    /// <summary>The members of metadata (ObjectMeta, meta/v1).</summary>
    public static IReadOnlySet<string> MetadataFields { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    };

    public static void Validate(ResourceKind kind, JsonObject value, JsonObject? before, List<Cause> causes)
    {
        var name = value.Name();
        if (name.Length == 0)
        {
            causes.Add(Cause.Required("metadata.name", "name or generateName is required"));
        }
        else if (kind.Group == "rbac.authorization.k8s.io")
        {
            if (name is "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('%', StringComparison.Ordinal))
            {
                causes.Add(Cause.Invalid("metadata.name", name, "may not contain '/' or '%'"));
            }
        }
        else if (kind is { Group: "", Plural: "namespaces" or "services" })
        {
            if (name.Length > 63 || !LabelName().IsMatch(name))
            {
                causes.Add(Cause.Invalid("metadata.name", name, BadLabelName));
            }
        }
        else if (name.Length > 253 || !Subdomain().IsMatch(name))
        {
            causes.Add(Cause.Invalid("metadata.name", name, BadSubdomain));
        }

        foreach (var (key, label) in value.Map("metadata", "labels") ?? [])
        {
            var slash = key.LastIndexOf('/');
            if (!LabelKey().IsMatch(key[(slash + 1)..]) || (slash >= 0 && !Subdomain().IsMatch(key[..slash])))
            {
                causes.Add(Cause.Invalid("metadata.labels", key, BadLabelKey));
            }

            if (label.Text() is { Length: > 0 } text && !LabelValue().IsMatch(text))
            {
                causes.Add(Cause.Invalid("metadata.labels", text, BadLabelValue));
            }
        }

        if (before is not null && before.IsDeleting())
        {
            var held = before.List("metadata", "finalizers").Texts().ToHashSet(StringComparer.Ordinal);
            var added = value.List("metadata", "finalizers").Texts().Where(text => !held.Contains(text)).ToList();
            if (added.Count > 0)
            {
                causes.Add(Cause.Forbidden(
                    "metadata.finalizers",
                    $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(text => $"\"{text}\""))}}}"));
            }
        }
    }

    /// <summary>Texts for finalizers that another writer might also choose.</summary>
    public static IEnumerable<string> Warnings(JsonObject value, JsonObject? before)
    {
        var held = before.List("metadata", "finalizers").Texts().ToHashSet(StringComparer.Ordinal);
        return value.List("metadata", "finalizers").Texts()
            .Where(text => !held.Contains(text) && !text.Contains('/', StringComparison.Ordinal) && text is not ("foregroundDeletion" or "orphan" or "kubernetes") && text != DefinitionRules.Cleanup)
            .Select(text => $"metadata.finalizers: \"{text}\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers");
    }

    /// <summary>Checks that metadata has the types it must.</summary>
    public static void Decode(JsonObject value)
    {
        if (value["metadata"] is { } metadata and not JsonObject)
        {
            throw new DecodeException($"json: cannot unmarshal {metadata.GetValueKind()} into Go struct field .metadata of type v1.ObjectMeta");
        }

        Values.Strings(value.At("metadata", "labels"), "ObjectMeta.metadata.labels");
        Values.Strings(value.At("metadata", "annotations"), "ObjectMeta.metadata.annotations");
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelName();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelKey();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelValue();
}
