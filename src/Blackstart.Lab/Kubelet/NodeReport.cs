using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Kubelet;

/// <summary>The node object and its heartbeat.</summary>
internal sealed class NodeReport(KubeletContext context)
{
    private readonly string _bootId = Guid.NewGuid().ToString();

    public async Task SendAsync(CancellationToken cancellationToken)
    {
        var node = await context.Client.GetAsync(ResourceType.Nodes, null, context.Node, cancellationToken)
            ?? await context.Client.CreateAsync(ResourceType.Nodes, Describe(), cancellationToken);
        await context.Client.PatchStatusAsync(ResourceType.Nodes, null, context.Node, await StatusAsync(node, cancellationToken), cancellationToken);
    }

    private static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        _ => "amd64",
    };

    private JsonObject Describe() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject
        {
            ["name"] = context.Node,
            ["labels"] = new JsonObject
            {
                ["kubernetes.io/hostname"] = context.Node,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = Architecture,
                ["node.longhorn.io/create-default-disk"] = "true",
            },
        },
        ["spec"] = new JsonObject(),
    };

    private async Task<JsonObject> StatusAsync(JsonObject node, CancellationToken cancellationToken)
    {
        var machineId = File.Exists(context.Layout.MachineId(context.Node))
            ? (await File.ReadAllTextAsync(context.Layout.MachineId(context.Node), cancellationToken)).Trim()
            : "";
        return new JsonObject
        {
            ["addresses"] = new JsonArray(
                new JsonObject { ["type"] = "InternalIP", ["address"] = "127.0.0.1" },
                new JsonObject { ["type"] = "Hostname", ["address"] = context.Node }),
            ["capacity"] = Resources(),
            ["allocatable"] = Resources(),
            ["conditions"] = new JsonArray(
                Condition(node, "MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                Condition(node, "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                Condition(node, "PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                Condition(node, "Ready", "True", "KubeletReady", "kubelet is posting ready status")),

            // The scheduler binds a pod only to a node that has its image.
            ["images"] = new JsonArray([.. LabProcesses.Names.Select(name => $"blackstart.lab/{name}").Append("blackstart").Select(name => new JsonObject { ["names"] = new JsonArray(name) })]),
            ["nodeInfo"] = new JsonObject
            {
                ["machineID"] = machineId,
                ["systemUUID"] = machineId,
                ["bootID"] = _bootId,
                ["kernelVersion"] = Environment.OSVersion.Version.ToString(),
                ["osImage"] = "Blackstart lab (simulated)",
                ["containerRuntimeVersion"] = "blackstart-lab://1",
                ["kubeletVersion"] = "v1.32.0+blackstart-lab",
                ["kubeProxyVersion"] = "v1.32.0+blackstart-lab",
                ["operatingSystem"] = "linux",
                ["architecture"] = Architecture,
            },
        };
    }

    private static JsonObject Resources() => new()
    {
        ["cpu"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        ["memory"] = "8Gi",
        ["ephemeral-storage"] = "64Gi",
        ["pods"] = "110",
    };

    private JsonObject Condition(JsonObject node, string type, string status, string reason, string message)
    {
        var before = node.ItemsAt("status", "conditions").FirstOrDefault(condition => condition.TextAt("type") == type);
        var since = before.TextAt("status") == status ? before.TextAt("lastTransitionTime") : null;
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["message"] = message,
            ["lastHeartbeatTime"] = context.Now(),
            ["lastTransitionTime"] = since ?? context.Now(),
        };
    }
}
