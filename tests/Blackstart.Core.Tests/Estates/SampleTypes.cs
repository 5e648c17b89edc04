using Blackstart.Core.Estates;

namespace Blackstart.Core.Tests.Estates;

internal static class SampleTypes
{
    public static IReadOnlyList<ComponentTypeDescription> All { get; } =
    [
        new("kubernetes", "A Kubernetes cluster.", []),
        new("postgres", "A PostgreSQL server.", [new("settle", SettingKind.Duration, Required: false, "30s", "How long it may take to start.")]),
        new(
            "longhorn",
            "Longhorn storage.",
            [
                new("namespace", SettingKind.Text, Required: false, "longhorn-system", "Its namespace."),
                new("capture", SettingKind.Path, Required: true, null, "The captured Volume objects."),
                new("replicas", SettingKind.Number, Required: false, "3", "Replicas of a volume."),
                new("volumes", SettingKind.List, Required: false, null, "Volumes to bring back; all when left out."),
            ]),
        new("workload", "A workload.", [new("volumes", SettingKind.List, Required: false, "a,b", "Its volumes.")]),
    ];
}
