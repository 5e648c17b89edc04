using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Kubelet;

/// <summary>How a container becomes a process of this machine.</summary>
internal static class PodProcess
{
    public const string NamePrefix = "pod-";
    private const string ImagePrefix = "blackstart.lab/";

    /// <summary>The name of a pod's process and log.</summary>
    public static string Name(JsonObject pod) => $"{NamePrefix}{pod.Namespace()}-{pod.Name()}";

    /// <summary>The lab program that an image stands for; null when it stands for none.</summary>
    public static string? Program(JsonObject container)
    {
        var image = container.TextAt("image") ?? "";
        if (!image.StartsWith(ImagePrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var name = image[ImagePrefix.Length..];
        var end = name.IndexOfAny([':', '@']);
        name = end < 0 ? name : name[..end];
        return LabProcesses.Names.Contains(name, StringComparer.Ordinal) ? name : null;
    }

    public static Launch Launch(KubeletContext context, JsonObject pod, JsonObject container, PathSubstitution places)
    {
        var words = (container["args"] as JsonArray ?? []).Select(word => places.Apply(word?.ToString() ?? "")).ToList();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KUBERNETES_SERVICE_HOST"] = context.Client.Connection.Address.Host,
            ["KUBERNETES_SERVICE_PORT"] = context.Client.Connection.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        foreach (var variable in container.ItemsAt("env"))
        {
            var value = variable.TextAt("value") ?? Field(context, pod, variable.TextAt("valueFrom", "fieldRef", "fieldPath"));
            if (variable.TextAt("name") is { } name && value is not null)
            {
                environment[name] = places.Apply(value);
            }
        }

        return new Launch(Name(pod), context.Program.Path, context.Program.ProcessArguments(Program(container)!, ["--lifeline", .. words]), Real: false)
        {
            Environment = environment,
        };
    }

    private static string? Field(KubeletContext context, JsonObject pod, string? path) => path switch
    {
        "metadata.name" => pod.Name(),
        "metadata.namespace" => pod.Namespace(),
        "metadata.uid" => pod.Uid(),
        "spec.nodeName" => context.Node,
        "status.podIP" or "status.hostIP" => "127.0.0.1",
        _ => null,
    };
}
