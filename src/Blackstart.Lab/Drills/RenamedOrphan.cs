using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Longhorn.Capture;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Lab.Drills;

/// <summary>The naive repair: the new replica's empty directory goes, and the orphan takes its name.</summary>
internal sealed class RenamedOrphan(LabLayout layout, EstateEnvironment environment, EnvironmentCatalog catalog, string volume, string node)
{
    /// <summary>What was renamed to what; the fact that the step is done.</summary>
    public const string Fact = "renamed-orphan";

    /// <summary>Renames. A run that is killed in between finds the orphan under its new name and says so.</summary>
    /// <exception cref="BlackstartException"><c>BS6020</c>: there is no orphan, or no new replica, to rename.</exception>
    public async Task RenameAsync(StepContext context, CancellationToken cancellationToken)
    {
        context.Clearance.Demand(Target.Machine(node), Effect.Destroy);
        var reader = catalog.Of(environment).KubernetesReader;
        var replicas = await reader.ListAsync("/apis/longhorn.io/v1beta2/namespaces/longhorn-system/replicas", cancellationToken);
        var current = replicas.FirstOrDefault(r => Text(r, "volumeName") == volume && Text(r, "nodeID") == node) ?? throw Missing("no new replica");
        var root = Path.Combine(layout.LonghornDisk(node), "replicas");
        var taken = Path.Combine(root, Text(current, "dataDirectoryName"));
        var orphan = (await CapturedReplicasAsync(cancellationToken)).Select(name => Path.Combine(root, name)).FirstOrDefault(Directory.Exists);
        if (orphan is not null)
        {
            if (Directory.Exists(taken))
            {
                Directory.Delete(taken, recursive: true);
            }

            Directory.Move(orphan, taken);
        }
        else if (!Directory.Exists(taken))
        {
            throw Missing("no orphaned directory");
        }

        context.Facts.Set(Fact, JsonValue.Create($"{Path.GetFileName(orphan) ?? "the orphan"} → {Path.GetFileName(taken)}")!);
    }

    private async Task<IReadOnlyList<string>> CapturedReplicasAsync(CancellationToken cancellationToken) =>
        YamlDocuments.Parse(await File.ReadAllTextAsync(layout.CapturedVolumes, cancellationToken))
            .Where(o => o.TextAt("kind") == "Volume" && o.Name() == volume)
            .SelectMany(o => o.TextAt("metadata", "annotations", LonghornCapture.ReplicasAnnotation)?.Split(' ') ?? [])
            .ToList();

    private BlackstartException Missing(string what) =>
        new("BS6020", ExitCode.CouldNotVerify, $"renaming the orphaned replica of {volume} on {node}", $"there is {what}", "Run `blackstart lab reset` and the drill anew");

    private static string Text(JsonObject replica, string field) => replica["spec"]?[field]?.GetValue<string>() ?? "";
}
