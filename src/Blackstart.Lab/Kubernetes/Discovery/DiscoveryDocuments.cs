using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Discovery;

/// <summary>The documents that tell a client which kinds there are, plain and aggregated (apidiscovery.k8s.io/v2).</summary>
internal static class DiscoveryDocuments
{
    public const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    public static JsonObject Versions(string address) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = JsonAccess.Strings("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address }),
    };

    public static JsonObject Groups(KindSnapshot kinds) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. kinds.Groups.Select(group => (JsonNode)Group(group, single: false))]),
    };

    public static JsonObject Group(ServedGroup group, bool single)
    {
        static JsonObject Version(ServedGroup group, string version) => new() { ["groupVersion"] = $"{group.Name}/{version}", ["version"] = version };

        var document = new JsonObject();
        if (single)
        {
            document["kind"] = "APIGroup";
            document["apiVersion"] = "v1";
        }

        document["name"] = group.Name;
        document["versions"] = new JsonArray([.. group.Versions.Select(version => (JsonNode)Version(group, version))]);
        document["preferredVersion"] = Version(group, group.Versions[0]);
        return document;
    }

    public static JsonObject Resources(KindSnapshot kinds, string group, string version)
    {
        var resources = new JsonArray();
        foreach (var kind in Served(kinds, group, version))
        {
            resources.Add((JsonNode)Resource(kind, kind.Plural, kind.Kind, null, null, kind.Verbs, main: true));
            foreach (var sub in Subresources(kind))
            {
                resources.Add((JsonNode)Resource(kind, $"{kind.Plural}/{sub.Name}", sub.Kind, sub.Group, sub.Version, sub.Verbs, main: false));
            }
        }

        var document = new JsonObject { ["kind"] = "APIResourceList" };
        if (group.Length > 0)
        {
            document["apiVersion"] = "v1";
        }

        document["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}";
        document["resources"] = resources;
        return document;
    }

    /// <summary>Everything in one document: of the core group, or of all named groups.</summary>
    public static JsonObject Aggregated(KindSnapshot kinds, bool core)
    {
        IEnumerable<ServedGroup> groups = core ? [new ServedGroup(string.Empty, ["v1"])] : kinds.Groups;
        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = "apidiscovery.k8s.io/v2",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. groups.Select(group => (JsonNode)new JsonObject
            {
                ["metadata"] = core ? new JsonObject() : new JsonObject { ["name"] = group.Name },
                ["versions"] = new JsonArray([.. group.Versions.Select(version => (JsonNode)new JsonObject
                {
                    ["version"] = version,
                    ["freshness"] = "Current",
                    ["resources"] = new JsonArray([.. Served(kinds, group.Name, version).Select(kind => (JsonNode)Aggregated(kind))]),
                })]),
            })]),
        };
    }

    private static IEnumerable<ResourceKind> Served(KindSnapshot kinds, string group, string version) =>
        kinds.Kinds.Where(kind => kind.Group == group && kind.Version == version);

    private static IEnumerable<ExtraSubresource> Subresources(ResourceKind kind)
    {
        if (kind.Scale is not null)
        {
            yield return new ExtraSubresource("scale", "Scale", "autoscaling", "v1", StatusVerbs);
        }

        if (kind.HasStatus)
        {
            yield return new ExtraSubresource("status", kind.Kind, null, null, StatusVerbs);
        }

        foreach (var extra in kind.Extras)
        {
            yield return extra;
        }
    }

    private static JsonObject Resource(ResourceKind kind, string name, string kindName, string? group, string? version, IReadOnlyList<string> verbs, bool main)
    {
        var resource = new JsonObject
        {
            ["name"] = name,
            ["singularName"] = main ? kind.Singular : string.Empty,
            ["namespaced"] = kind.Namespaced,
        };
        resource.Assign("group", group);
        resource.Assign("version", version);
        resource["kind"] = kindName;
        resource["verbs"] = JsonAccess.Strings([.. verbs]);
        if (main && kind.ShortNames.Count > 0)
        {
            resource["shortNames"] = JsonAccess.Strings([.. kind.ShortNames]);
        }

        if (main && kind.Categories.Count > 0)
        {
            resource["categories"] = JsonAccess.Strings([.. kind.Categories]);
        }

        return resource;
    }

    private static JsonObject Aggregated(ResourceKind kind)
    {
        static JsonObject Response(string group, string version, string name) => new() { ["group"] = group, ["version"] = version, ["kind"] = name };

        var resource = new JsonObject
        {
            ["resource"] = kind.Plural,
            ["responseKind"] = Response(kind.Group, kind.Version, kind.Kind),
            ["scope"] = kind.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = JsonAccess.Strings([.. kind.Verbs]),
        };
        if (kind.ShortNames.Count > 0)
        {
            resource["shortNames"] = JsonAccess.Strings([.. kind.ShortNames]);
        }

        if (kind.Categories.Count > 0)
        {
            resource["categories"] = JsonAccess.Strings([.. kind.Categories]);
        }

        var subresources = Subresources(kind).Select(sub => (JsonNode)new JsonObject
        {
            ["subresource"] = sub.Name,
            ["responseKind"] = Response(sub.Group ?? kind.Group, sub.Version ?? kind.Version, sub.Kind),
            ["verbs"] = JsonAccess.Strings([.. sub.Verbs]),
        }).ToArray();
        if (subresources.Length > 0)
        {
            resource["subresources"] = new JsonArray(subresources);
        }

        return resource;
    }
}
