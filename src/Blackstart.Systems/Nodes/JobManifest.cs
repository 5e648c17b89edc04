using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Nodes;

/// <summary>The Job (batch/v1) that runs one command on one node.</summary>
internal static class JobManifest
{
    /// <summary>Annotation with the attempt a Job was made for: one that an earlier process began is known by it.</summary>
    public const string AttemptAnnotation = "blackstart.dev/attempt";

    /// <summary>Label with the node's name.</summary>
    public const string NodeLabel = "blackstart.dev/node";

    // A Job that ended can be looked at this long, then Kubernetes removes it.
    private const int KeptSeconds = 3600;

    /// <summary>
    /// The Job's name. A command that writes has the same one always, so that Kubernetes itself lets only one be there at a time; one that
    /// only reads has its own, since an answer of an earlier run is no answer.
    /// </summary>
    public static string NameOf(NodeCommand command) =>
        $"blackstart-{command.Name}{(command.Attempt is null ? $"-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}" : "")}";

    /// <summary>The manifest.</summary>
    public static string Write(string name, NodeCommand command, EstateNode node, NodeSettings settings)
    {
        var mounts = Mounts(command, node).ToList();
        var pod = new JsonObject
        {
            // Straight to the kubelet: no scheduler has a say, and a node that is cordoned for the repair is not left out.
            ["nodeName"] = command.Node,
            ["restartPolicy"] = "Never",
            ["automountServiceAccountToken"] = false,

            // Whether a replica or device is in use shows in the processes of the node, not of the container.
            ["hostPID"] = true,
            ["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" }),
            ["terminationGracePeriodSeconds"] = 30,
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "blackstart",
                ["image"] = settings.Image,

                // In an outage a registry may be down, and an image without a version would be asked for there all the same.
                ["imagePullPolicy"] = "IfNotPresent",
                ["command"] = new JsonArray([.. settings.Program.Concat(NodeArguments.Of(command, isLifeline: false)).Select(w => (JsonNode)w)]),
                ["securityContext"] = new JsonObject { ["privileged"] = true },
                ["volumeMounts"] = new JsonArray([.. mounts.Select((m, i) => (JsonNode)new JsonObject { ["name"] = VolumeName(i), ["mountPath"] = m.Path, ["readOnly"] = m.ReadOnly })]),
            }),
            ["volumes"] = new JsonArray([.. mounts.Select((m, i) => (JsonNode)new JsonObject
            {
                ["name"] = VolumeName(i),
                ["hostPath"] = new JsonObject { ["path"] = m.Path, ["type"] = "Directory" },
            })]),
        };
        return YamlDocuments.Write(new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = settings.Namespace,
                ["labels"] = Labels(command),
                ["annotations"] = new JsonObject { [AttemptAnnotation] = command.Attempt ?? "" },
            },
            ["spec"] = new JsonObject
            {
                ["backoffLimit"] = 0,
                ["activeDeadlineSeconds"] = (long)command.Timeout.TotalSeconds,
                ["ttlSecondsAfterFinished"] = KeptSeconds,
                ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = Labels(command) }, ["spec"] = pod },
            },
        });
    }

    private static JsonObject Labels(NodeCommand command) => new()
    {
        ["app.kubernetes.io/managed-by"] = "blackstart",
        [NodeLabel] = Label(command.Node),
    };

    // A node's name may be longer than a label's value, which has 63 characters at most.
    private static string Label(string node) => node.Length <= 63 ? node : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(node)))[..16];

    private static string VolumeName(int index) => string.Create(CultureInfo.InvariantCulture, $"host-{index}");

    /// <summary>The disks, never to be written; and the folder of the device, or of the socket that stands for it.</summary>
    private static IEnumerable<(string Path, bool ReadOnly)> Mounts(NodeCommand command, EstateNode node)
    {
        foreach (var disk in node.LonghornDisks)
        {
            yield return (disk, true);
        }

        if (command.Endpoint is { } endpoint && FolderOf(endpoint) is { } folder)
        {
            yield return (folder, false);
        }
    }

    private static string? FolderOf(string endpoint)
    {
        var path = endpoint.StartsWith('/') ? endpoint
            : Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Query.StartsWith("?socket=", StringComparison.Ordinal) ? Uri.UnescapeDataString(uri.Query["?socket=".Length..])
            : null;
        return Path.GetDirectoryName(path);
    }
}
