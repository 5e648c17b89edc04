using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>Makes captured objects again that the volumes need before them, and those that may only come after.</summary>
internal sealed class CapturedObjects(LonghornScope longhorn)
{
    /// <summary>The step that makes backup targets, storage classes and backing images, before any volume is made; null when none was captured.</summary>
    public Step? BeforeVolumes(string after) => Step("beneath", "Make again what the volumes lie on", after, capture =>
        [.. capture.StorageClasses, .. capture.BackupTargets, .. capture.BackingImages.Where(b => SetAside.Reason(b) is null)]);

    /// <summary>The step that makes recurring jobs, once the data is back: their backups and clean-ups are about what is there then; null when none was captured.</summary>
    public Step? AfterVolumes(string after) => Step("recurring-jobs", "Make the recurring jobs again", after, capture => capture.RecurringJobs);

    private Step? Step(string id, string title, string after, Func<LonghornCapture, IReadOnlyList<CapturedObject>> choose) => choose(longhorn.Capture()).Count == 0 ? null : new Step(
        $"{longhorn.Name}/{id}",
        title,
        new Probe("there", "all of them are there", async (_, cancellationToken) => await MissingAsync(choose(longhorn.Capture()), cancellationToken) is { Count: > 0 } missing
            ? ProbeAnswer.No($"missing: {string.Join(", ", missing.Select(m => m.Key))}")
            : ProbeAnswer.Yes("all of them are there")))
    {
        Component = longhorn.Name,
        DependsOn = [after],
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        ByHand = $"kubectl apply -f {longhorn.Scope.Component.Settings.Text("capture")}",
        Action = async (context, cancellationToken) =>
        {
            // What is there stays as it is: it may be newer than the capture.
            var missing = await MissingAsync(choose(longhorn.Capture()), cancellationToken);
            await longhorn.Systems.KubernetesWriter.ApplyAsync(context.Clearance, string.Concat(missing.Select(m => m.Manifest)), cancellationToken);
        },
    };

    private async Task<List<CapturedObject>> MissingAsync(IReadOnlyList<CapturedObject> objects, CancellationToken cancellationToken)
    {
        var missing = new List<CapturedObject>();
        foreach (var captured in objects)
        {
            var kind = CapturedKind.Of(captured.Key.Kind);
            if (await longhorn.Systems.KubernetesReader.GetAsync($"{kind.ListPath(captured.Key.Namespace)}/{captured.Key.Name}", cancellationToken) is null)
            {
                missing.Add(captured);
            }
        }

        return missing;
    }
}
