namespace Blackstart.Lab.Kubernetes.Patches;

/// <summary>The lists of built-in kinds whose elements have an identity: the patchMergeKey and listMapKey marks of Kubernetes' types.</summary>
internal static class ListKeys
{
    private static readonly string[] Name = ["name"];
    private static readonly string[] ContainerPorts = ["containerPort", "protocol"];
    private static readonly string[] ServicePorts = ["port", "protocol"];
    private static readonly string[] Type = ["type"];

    /// <summary>The members that identify an element of the list under this path, or null when the list is one value.</summary>
    /// <param name="parent">The name of the object that holds the list, as far as it matters.</param>
    /// <param name="name">The list's name.</param>
    public static IReadOnlyList<string>? Of(string parent, string name) => name switch
    {
        "containers" or "initContainers" or "ephemeralContainers" or "env" or "volumes" or "imagePullSecrets" or "secrets" => Name,
        "ports" => parent == "spec" ? ServicePorts : ContainerPorts,
        "volumeMounts" => ["mountPath"],
        "volumeDevices" => ["devicePath"],
        "conditions" or "addresses" => Type,
        "hostAliases" => ["ip"],
        "topologySpreadConstraints" => ["topologyKey", "whenUnsatisfiable"],
        "ownerReferences" => ["uid"],
        _ => null,
    };

    /// <summary>Whether a list is a set of plain values.</summary>
    public static bool IsSet(string name) => name is "finalizers" or "podCIDRs";
}
