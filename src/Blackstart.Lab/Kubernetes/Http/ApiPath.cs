namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>A path below a group version, taken apart.</summary>
/// <param name="Group">The API group, empty for the core group.</param>
/// <param name="Version">The version.</param>
/// <param name="Namespace">The namespace in the path, if any.</param>
/// <param name="Resource">The plural name; empty for the group version itself.</param>
/// <param name="Name">The object's name, empty for a collection.</param>
/// <param name="Subresource">What follows the name, if anything.</param>
internal sealed record ApiPath(string Group, string Version, string? Namespace, string Resource, string Name, string Subresource)
{
    /// <summary>Takes <c>/api/v1/…</c> and <c>/apis/GROUP/VERSION/…</c> apart; null for other paths.</summary>
    public static ApiPath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string group;
        string version;
        ReadOnlySpan<string> rest;
        if (parts is ["api", var core, ..])
        {
            group = string.Empty;
            version = core;
            rest = parts.AsSpan(2);
        }
        else if (parts is ["apis", var named, var of, ..])
        {
            group = named;
            version = of;
            rest = parts.AsSpan(3);
        }
        else
        {
            return null;
        }

        string? space = null;
        if (rest.Length >= 3 && rest[0] == "namespaces" && !(group.Length == 0 && rest.Length == 3 && rest[2] is ("status" or "finalize")))
        {
            space = rest[1];
            rest = rest[2..];
        }

        return new ApiPath(
            group,
            version,
            space,
            rest.Length > 0 ? rest[0] : string.Empty,
            rest.Length > 1 ? rest[1] : string.Empty,
            rest.Length > 2 ? string.Join('/', rest[2..].ToArray()) : string.Empty);
    }
}
