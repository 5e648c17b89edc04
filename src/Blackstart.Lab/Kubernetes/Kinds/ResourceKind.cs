using Blackstart.Lab.Kubernetes.CustomResources;

namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>A kind in one version, as discovery describes it.</summary>
internal sealed record ResourceKind
{
    public static readonly IReadOnlyList<string> AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    public required string Plural { get; init; }

    public required bool Namespaced { get; init; }

    public string Singular { get; init; } = string.Empty;

    public string ListKind { get; init; } = string.Empty;

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public IReadOnlyList<string> Verbs { get; init; } = AllVerbs;

    public bool HasStatus { get; init; }

    public ScalePaths? Scale { get; init; }

    /// <summary>Whether the server counts changes of the object's specification.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>What a custom kind's definition says about this version; null for a built-in kind.</summary>
    public CustomVersion? Custom { get; init; }

    /// <summary>Subresources that have no object of this kind behind them: name, kind, group, version, verb.</summary>
    public IReadOnlyList<ExtraSubresource> Extras { get; init; } = [];

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The name in messages: <c>configmaps</c>, <c>volumes.longhorn.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The kind in messages: <c>ConfigMap</c>, <c>Volume.longhorn.io</c>.</summary>
    public string QualifiedKind => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>Where objects of this kind live in the store, whatever their version.</summary>
    public string StoragePrefix => $"/registry/{(Group.Length == 0 ? "core" : Group)}/{Plural}/";

    public string Key(string? @namespace, string name) => Namespaced ? $"{StoragePrefix}{@namespace}/{name}" : StoragePrefix + name;

    public bool Can(string verb) => Verbs.Contains(verb);
}
