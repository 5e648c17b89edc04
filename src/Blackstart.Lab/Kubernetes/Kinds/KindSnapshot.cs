using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>The served kinds at one moment.</summary>
internal sealed class KindSnapshot
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), ResourceKind> _byPath;
    private readonly FrozenDictionary<(string Group, string Kind), ResourceKind> _byKind;
    private readonly FrozenDictionary<string, ResourceKind> _byPrefix;

    private readonly Lazy<byte[]> _openApi;

    private KindSnapshot(IReadOnlyList<ResourceKind> kinds)
    {
        Kinds = kinds;
        _openApi = new Lazy<byte[]>(() => Discovery.OpenApiVersion2.Write(this));
        _byPath = kinds.DistinctBy(kind => (kind.Group, kind.Version, kind.Plural)).ToFrozenDictionary(kind => (kind.Group, kind.Version, kind.Plural));
        _byKind = kinds.DistinctBy(kind => (kind.Group, kind.Kind)).ToFrozenDictionary(kind => (kind.Group, kind.Kind));
        _byPrefix = kinds.DistinctBy(kind => kind.StoragePrefix).ToFrozenDictionary(kind => kind.StoragePrefix);
        Groups =
        [
            .. kinds.Where(kind => kind.Group.Length > 0).GroupBy(kind => kind.Group).Select(group =>
                new ServedGroup(group.Key, [.. group.Select(kind => kind.Version).Distinct().Order(ApiVersionOrder.Instance)])),
        ];
        Etag = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', kinds.Select(Line)))));
    }

    /// <summary>OpenAPI version 2 for these kinds, written when it is first asked for.</summary>
    public byte[] OpenApiVersion2 => _openApi.Value;

    public IReadOnlyList<ResourceKind> Kinds { get; }

    /// <summary>The named groups with their versions, preferred first.</summary>
    public IReadOnlyList<ServedGroup> Groups { get; }

    /// <summary>Changes when anything that discovery shows changes.</summary>
    public string Etag { get; }

    public static KindSnapshot Of(IEnumerable<ResourceKind> kinds) => new([.. kinds]);

    public ResourceKind? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    public ResourceKind? FindKind(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return _byKind.GetValueOrDefault((slash < 0 ? string.Empty : apiVersion[..slash], kind));
    }

    /// <summary>The kind that lives under a storage prefix.</summary>
    public ResourceKind? FindStored(string prefix) => _byPrefix.GetValueOrDefault(prefix);

    public bool Serves(string group, string version) =>
        (group.Length == 0 && version == "v1") || Groups.Any(served => served.Name == group && served.Versions.Contains(version));

    private static string Line(ResourceKind kind) =>
        $"{kind.ApiVersion} {kind.Plural} {kind.Kind} {kind.Namespaced} {kind.HasStatus} {kind.Scale} {string.Join(',', kind.ShortNames)} {string.Join(',', kind.Categories)} {kind.Custom?.Revision}";
}
