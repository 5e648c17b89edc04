using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Kubelet;

/// <summary>How a container becomes a process of this machine.</summary>
internal static class PodProcess
{
    public const string NamePrefix = "pod-";
    private const string ImagePrefix = "blackstart.lab/";
    private const string Own = "blackstart";

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

    /// <summary>Whether the image is Blackstart's own, of whatever registry and tag.</summary>
    public static bool IsOwn(JsonObject container)
    {
        var name = (container.TextAt("image") ?? "").Split('@')[0];
        name = name[(name.LastIndexOf('/') + 1)..];
        return name.Split(':')[0] == Own;
    }

    public static bool CanRun(JsonObject container) => IsOwn(container) || Program(container) is not null;

    public static Launch Launch(KubeletContext context, JsonObject pod, JsonObject container, PathSubstitution places)
    {
        var words = Words(container, "args", places);
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

        if (IsOwn(container))
        {
            var (program, arguments) = OwnCommand(context.Program, [.. Words(container, "command", places), .. words], hasCommand: container["command"] is JsonArray { Count: > 0 });

            // Real: it reads no lifeline, so the kernel ends it with the kubelet.
            return new Launch(Name(pod), program, arguments, Real: true)
            {
                Environment = environment,
                WorkingDirectory = container.TextAt("workingDir") is { Length: > 0 } folder ? places.Apply(folder) : null,
            };
        }

        return new Launch(Name(pod), context.Program.Path, context.Program.ProcessArguments(Program(container)!, ["--lifeline", .. words]), Real: false)
        {
            Environment = environment,
        };
    }

    /// <summary>The image's entry point is <c>blackstart</c>. A command replaces it; one that names it, by whatever path, means this very program.</summary>
    private static (string Program, IReadOnlyList<string> Arguments) OwnCommand(LabProgram own, List<string> words, bool hasCommand)
    {
        if (!hasCommand)
        {
            return (own.Path, [.. own.Arguments, .. words]);
        }

        return words[0] == Own || words[0].EndsWith($"/{Own}", StringComparison.Ordinal)
            ? (own.Path, [.. own.Arguments, .. words.Skip(1)])
            : (words[0], [.. words.Skip(1)]);
    }

    private static List<string> Words(JsonObject container, string member, PathSubstitution places) =>
        [.. (container[member] as JsonArray ?? []).Select(word => places.Apply(word?.ToString() ?? ""))];

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
