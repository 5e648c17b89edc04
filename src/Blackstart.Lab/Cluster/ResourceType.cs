namespace Blackstart.Lab.Cluster;

/// <summary>A kind of object as the Kubernetes API addresses it.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version inside the group, such as <c>v1</c>.</param>
/// <param name="Plural">Lower-case plural as it stands in the path, such as <c>pods</c>.</param>
internal sealed record ResourceType(string Group, string Version, string Plural)
{
    public static readonly ResourceType Namespaces = new("", "v1", "namespaces");
    public static readonly ResourceType Nodes = new("", "v1", "nodes");
    public static readonly ResourceType Pods = new("", "v1", "pods");
    public static readonly ResourceType Secrets = new("", "v1", "secrets");
    public static readonly ResourceType ConfigMaps = new("", "v1", "configmaps");
    public static readonly ResourceType ServiceAccounts = new("", "v1", "serviceaccounts");
    public static readonly ResourceType Events = new("", "v1", "events");
    public static readonly ResourceType PersistentVolumes = new("", "v1", "persistentvolumes");
    public static readonly ResourceType PersistentVolumeClaims = new("", "v1", "persistentvolumeclaims");
    public static readonly ResourceType Deployments = new("apps", "v1", "deployments");
    public static readonly ResourceType StatefulSets = new("apps", "v1", "statefulsets");
    public static readonly ResourceType CustomResourceDefinitions = new("apiextensions.k8s.io", "v1", "customresourcedefinitions");
    public static readonly ResourceType Leases = new("coordination.k8s.io", "v1", "leases");

    /// <summary><c>group/version</c>, or the version alone for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>A kind of Longhorn's own group, <c>longhorn.io/v1beta2</c>.</summary>
    public static ResourceType Longhorn(string plural) => new("longhorn.io", "v1beta2", plural);

    /// <summary>Path of one object, or of the collection when <paramref name="name"/> is null.</summary>
    /// <param name="ns">Namespace; null for a cluster-scoped kind, or for a collection over all namespaces.</param>
    /// <param name="name">Object name; null for the collection.</param>
    /// <param name="subresource">Such as <c>status</c>; null for the object itself.</param>
    public string Path(string? ns, string? name, string? subresource = null)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        var path = ns is null ? $"{root}/{Plural}" : $"{root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}";
        if (name is not null)
        {
            path += $"/{Uri.EscapeDataString(name)}";
        }

        return subresource is null ? path : $"{path}/{subresource}";
    }
}
