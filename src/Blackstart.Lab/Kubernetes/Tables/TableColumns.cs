using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Tables;

/// <summary>The columns of each kind, as a real server prints them.</summary>
internal sealed class TableColumns(TimeProvider clock)
{
    private const string None = "<none>";

    public IReadOnlyList<TableColumn> Of(ResourceKind kind)
    {
        if (kind.Custom is { } custom)
        {
            return [Name(), .. custom.Columns is { Count: > 0 } columns ? columns.Maps().Select(Custom) : [Age()]];
        }

        return kind.QualifiedPlural switch
        {
            "configmaps" => [Name(), new("Data", "string", 0, item => Count(item, "data") + Count(item, "binaryData")), Age()],
            "secrets" => [Name(), Text("Type", "type"), new("Data", "string", 0, item => Count(item, "data")), Age()],
            "namespaces" => [Name(), Text("Status", "status", "phase"), Age()],
            "nodes" => Node(),
            "pods" => Pod(),
            "persistentvolumes" => PersistentVolume(),
            "persistentvolumeclaims" => Claim(),
            "serviceaccounts" => [Name(), new("Secrets", "string", 0, item => item.List("secrets")?.Count ?? 0), Age()],
            "services" => Service(),
            "events" => Event(),
            "deployments.apps" => Deployment(),
            "replicasets.apps" => [Name(), Number("Desired", "spec", "replicas"), Number("Current", "status", "replicas"), Number("Ready", "status", "readyReplicas"), Age()],
            "statefulsets.apps" => [Name(), new("Ready", "string", 0, item => $"{item.Number("status", "readyReplicas") ?? 0}/{item.Number("spec", "replicas") ?? 0}"), Age()],
            "jobs.batch" => Job(),
            "customresourcedefinitions.apiextensions.k8s.io" => [Name(), new("Created At", "date", 0, item => item.Text("metadata", "creationTimestamp"))],
            "storageclasses.storage.k8s.io" => [Name(), Text("Provisioner", "provisioner"), Text("ReclaimPolicy", "reclaimPolicy"), Text("VolumeBindingMode", "volumeBindingMode"), Age()],
            "leases.coordination.k8s.io" => [Name(), Text("Holder", "spec", "holderIdentity"), Age()],
            _ => [Name(), Age()],
        };
    }

    private static TableColumn Name() => new("Name", "string", 0, item => item.Name());

    private static TableColumn Text(string title, params string[] path) => new(title, "string", 0, item => item.Text(path) ?? string.Empty);

    private static TableColumn Number(string title, params string[] path) => new(title, "integer", 0, item => item.Number(path) ?? 0);

    private static int Count(JsonObject item, string name) => item.Map(name)?.Count ?? 0;

    private static string Condition(JsonObject item, string type) =>
        item.List("status", "conditions").Maps().FirstOrDefault(condition => condition.Text("type") == type)?.Text("status") ?? "Unknown";

    private static bool Holds(JsonObject item, string type) => Condition(item, type) == "True";

    private static string Modes(JsonArray? modes) => string.Join(',', modes.Texts().Select(mode => mode switch
    {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => mode,
    }));

    private static string Phase(JsonObject item) => item.IsDeleting() ? "Terminating" : item.Text("status", "phase") ?? string.Empty;

    private static string PodStatus(JsonObject pod)
    {
        if (pod.IsDeleting())
        {
            return "Terminating";
        }

        foreach (var container in pod.List("status", "containerStatuses").Maps())
        {
            if (container.Text("state", "waiting", "reason") is { Length: > 0 } waiting)
            {
                return waiting;
            }

            if (container.Map("state", "terminated") is { } ended)
            {
                return ended.Text("reason") ?? $"ExitCode:{ended.Number("exitCode")}";
            }
        }

        return pod.Text("status", "reason") ?? pod.Text("status", "phase") ?? "Unknown";
    }

    private static string Roles(JsonObject node)
    {
        const string Prefix = "node-role.kubernetes.io/";
        var roles = (node.Map("metadata", "labels") ?? []).Select(label => label.Key).Where(key => key.StartsWith(Prefix, StringComparison.Ordinal)).Select(key => key[Prefix.Length..]).Order(StringComparer.Ordinal).ToList();
        return roles.Count == 0 ? None : string.Join(',', roles);
    }

    private static string Address(JsonObject node, string type) =>
        node.List("status", "addresses").Maps().FirstOrDefault(address => address.Text("type") == type)?.Text("address") ?? None;

    private static TableColumn Wide(string title, Func<JsonObject, JsonNode?> cell) => new(title, "string", 1, cell);

    private List<TableColumn> Node() =>
    [
        Name(),
        new("Status", "string", 0, item => Condition(item, "Ready") switch { "True" => "Ready", "False" => "NotReady", _ => item.List("status", "conditions").Maps().Any() ? "NotReady" : "Unknown" }
            + (item.Flag("spec", "unschedulable") == true ? ",SchedulingDisabled" : string.Empty)),
        new("Roles", "string", 0, item => Roles(item)),
        Age(),
        Text("Version", "status", "nodeInfo", "kubeletVersion"),
        Wide("Internal-IP", item => Address(item, "InternalIP")),
        Wide("External-IP", item => Address(item, "ExternalIP")),
        Wide("OS-Image", item => item.Text("status", "nodeInfo", "osImage") ?? "<unknown>"),
        Wide("Kernel-Version", item => item.Text("status", "nodeInfo", "kernelVersion") is { } kernel
            ? item.Text("status", "nodeInfo", "architecture") is { Length: > 0 } architecture ? $"{kernel} ({architecture})" : kernel
            : "<unknown>"),
        Wide("Container-Runtime", item => item.Text("status", "nodeInfo", "containerRuntimeVersion") ?? "<unknown>"),
    ];

    private List<TableColumn> Pod() =>
    [
        Name(),
        new("Ready", "string", 0, item => $"{item.List("status", "containerStatuses").Maps().Count(container => container.Flag("ready") == true)}/{item.List("spec", "containers")?.Count ?? 0}"),
        new("Status", "string", 0, item => PodStatus(item)),
        new("Restarts", "string", 0, item => item.List("status", "containerStatuses").Maps().Sum(container => container.Number("restartCount") ?? 0).ToString(CultureInfo.InvariantCulture)),
        Age(),
        Wide("IP", item => item.Text("status", "podIP") ?? None),
        Wide("Node", item => item.Text("spec", "nodeName") ?? None),
        Wide("Nominated Node", _ => None),
        Wide("Readiness Gates", _ => None),
    ];

    private List<TableColumn> PersistentVolume() =>
    [
        Name(),
        Text("Capacity", "spec", "capacity", "storage"),
        new("Access Modes", "string", 0, item => Modes(item.List("spec", "accessModes"))),
        Text("Reclaim Policy", "spec", "persistentVolumeReclaimPolicy"),
        new("Status", "string", 0, item => Phase(item)),
        new("Claim", "string", 0, item => item.Map("spec", "claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : string.Empty),
        Text("StorageClass", "spec", "storageClassName"),
        new("VolumeAttributesClass", "string", 0, _ => "<unset>"),
        Text("Reason", "status", "reason"),
        Age(),
        Wide("VolumeMode", item => item.Text("spec", "volumeMode")),
    ];

    private List<TableColumn> Claim() =>
    [
        Name(),
        new("Status", "string", 0, item => Phase(item)),
        Text("Volume", "spec", "volumeName"),
        Text("Capacity", "status", "capacity", "storage"),
        new("Access Modes", "string", 0, item => Modes(item.List("status", "accessModes"))),
        Text("StorageClass", "spec", "storageClassName"),
        new("VolumeAttributesClass", "string", 0, _ => "<unset>"),
        Age(),
        Wide("VolumeMode", item => item.Text("spec", "volumeMode")),
    ];

    private List<TableColumn> Service() =>
    [
        Name(),
        Text("Type", "spec", "type"),
        new("Cluster-IP", "string", 0, item => item.Text("spec", "clusterIP") ?? None),
        new("External-IP", "string", 0, item => item.Text("spec", "externalName") ?? None),
        new("Port(s)", "string", 0, item => item.List("spec", "ports") is { Count: > 0 } ports
            ? string.Join(',', ports.Maps().Select(port => $"{port.Number("port")}/{port.Text("protocol")}"))
            : None),
        Age(),
    ];

    private List<TableColumn> Event() =>
    [
        new("Last Seen", "string", 0, item => Ago(item.Text("lastTimestamp") ?? item.Text("eventTime") ?? item.Text("metadata", "creationTimestamp"))),
        Text("Type", "type"),
        Text("Reason", "reason"),
        new("Object", "string", 0, item => $"{item.Text("involvedObject", "kind")?.ToLowerInvariant()}/{item.Text("involvedObject", "name")}"),
        new("Message", "string", 0, item => item.Text("message")?.Trim()),
        new("Name", "string", 1, item => item.Name()),
    ];

    private List<TableColumn> Deployment() =>
    [
        Name(),
        new("Ready", "string", 0, item => $"{item.Number("status", "readyReplicas") ?? 0}/{item.Number("spec", "replicas") ?? 0}"),
        new("Up-to-date", "string", 0, item => item.Number("status", "updatedReplicas") ?? 0),
        new("Available", "string", 0, item => item.Number("status", "availableReplicas") ?? 0),
        Age(),
        Wide("Containers", item => string.Join(',', item.List("spec", "template", "spec", "containers").Maps().Select(container => container.Text("name")))),
        Wide("Images", item => string.Join(',', item.List("spec", "template", "spec", "containers").Maps().Select(container => container.Text("image")))),
    ];

    private List<TableColumn> Job() =>
    [
        Name(),
        new("Status", "string", 0, item => item.IsDeleting() ? "Terminating"
            : Holds(item, "Complete") ? "Complete"
            : Holds(item, "Failed") ? "Failed"
            : Holds(item, "Suspended") ? "Suspended"
            : Holds(item, "FailureTarget") ? "FailureTarget"
            : Holds(item, "SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running"),
        new("Completions", "string", 0, item => $"{item.Number("status", "succeeded") ?? 0}/{item.Number("spec", "completions") ?? 1}"),
        new("Duration", "string", 0, item => Timestamps.Parse(item.Text("status", "startTime")) is { } start
            ? HumanDuration.Of((Timestamps.Parse(item.Text("status", "completionTime")) ?? clock.GetUtcNow()) - start)
            : string.Empty),
        Age(),
        Wide("Containers", item => string.Join(',', item.List("spec", "template", "spec", "containers").Maps().Select(container => container.Text("name")))),
        Wide("Images", item => string.Join(',', item.List("spec", "template", "spec", "containers").Maps().Select(container => container.Text("image")))),
    ];

    private TableColumn Custom(JsonObject column)
    {
        var path = column.Text("jsonPath") ?? string.Empty;
        var type = column.Text("type") ?? "string";
        return new TableColumn(column.Text("name") ?? string.Empty, type, (int)(column.Number("priority") ?? 0), item =>
        {
            var found = JsonPath.Find(item, path);
            if (found.Count == 0)
            {
                return null;
            }

            return type switch
            {
                "date" => found[0] is JsonValue time && time.TryGetValue<string>(out var text) ? Ago(text) : null,
                "string" => string.Join(',', found.Select(node => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : node.ToJsonString(Readable.Options))),
                _ => found[0].DeepClone(),
            };
        });
    }

    private TableColumn Age() => new("Age", "date", 0, item => Ago(item.Text("metadata", "creationTimestamp")));

    private string Ago(string? time) => Timestamps.Parse(time) is { } from ? HumanDuration.Of(clock.GetUtcNow() - from) : "<unknown>";
}
