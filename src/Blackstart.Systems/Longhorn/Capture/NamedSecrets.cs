using System.Text.Json.Nodes;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>The Secrets that captured objects name, never what is in them.</summary>
internal static class NamedSecrets
{
    private const string NameSuffix = "-secret-name";

    /// <summary>As <c>namespace/name</c>, each once, in order. What a StorageClass leaves to each claim is named with its placeholders.</summary>
    public static IReadOnlyList<string> Of(ClusterObjects objects, string @namespace) =>
        [.. objects.Objects.SelectMany(o => Of(o, @namespace)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Of(CapturedObject captured, string @namespace)
    {
        if (captured.Key.Kind == CapturedKind.PersistentVolume.Kind)
        {
            foreach (var (name, value) in captured.Body["spec"]?["csi"] as JsonObject ?? [])
            {
                if (name.EndsWith("SecretRef", StringComparison.Ordinal))
                {
                    yield return $"{value?["namespace"]}/{value?["name"]}";
                }
            }
        }

        if (captured.Key.Kind == CapturedKind.StorageClass.Kind && captured.Body["parameters"] is JsonObject parameters)
        {
            foreach (var (name, value) in parameters.Where(p => p.Key.EndsWith(NameSuffix, StringComparison.Ordinal)))
            {
                yield return $"{parameters[name[..^NameSuffix.Length] + "-secret-namespace"]}/{value}";
            }
        }

        if (captured.Key.Kind == CapturedKind.BackupTarget.Kind && captured.Spec("credentialSecret") is { Length: > 0 } credential)
        {
            yield return $"{@namespace}/{credential}";
        }

        if (captured.Key.Kind == CapturedKind.BackingImage.Kind && captured.Spec("secret") is { Length: > 0 } secret)
        {
            yield return $"{captured.Spec("secretNamespace") ?? @namespace}/{secret}";
        }
    }
}
