using Blackstart.Core.Estates;

namespace Blackstart.Systems.Workloads;

/// <summary>The settings by which a component names the workload it runs as.</summary>
internal static class WorkloadSettings
{
    public static IReadOnlyList<SettingDescription> Required { get; } =
    [
        new SettingDescription("workload", SettingKind.Text, Required: true, null, "The workload it runs as: deployment/NAME or statefulset/NAME."),
        new SettingDescription("namespace", SettingKind.Text, Required: true, null, "The workload's namespace."),
        new SettingDescription("replicas", SettingKind.Number, Required: false, "1", "How many pods it has when all is well."),
    ];
}
