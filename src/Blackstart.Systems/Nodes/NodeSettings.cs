using Blackstart.Core.Estates;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Nodes;

/// <summary>How the nodes of a component are reached.</summary>
/// <param name="Kind">The runner.</param>
/// <param name="Program">Blackstart's name or path on the node, behind the words that start it with more rights, such as <c>sudo -n</c>.</param>
/// <param name="SshConfig">Absolute path of the ssh configuration file; null for the operator's own.</param>
/// <param name="Image">The container image with Blackstart, for Jobs.</param>
/// <param name="Namespace">Where Jobs are made: Longhorn's namespace, which admits privileged pods.</param>
internal sealed record NodeSettings(NodeRunnerKind Kind, IReadOnlyList<string> Program, string? SshConfig, string Image, string Namespace)
{
    private const string DefaultProgram = "blackstart";

    /// <summary>The settings, for the description of a component type that has nodes.</summary>
    public static IReadOnlyList<SettingDescription> Descriptions { get; } =
    [
        new SettingDescription("runner", SettingKind.Text, Required: false, "here", "How nodes are worked on: here (this machine), ssh, or job (a Kubernetes Job pinned to the node).") { Words = RunnerChoice.Words },
        new SettingDescription("program", SettingKind.Text, Required: false, DefaultProgram, "What starts blackstart on the nodes, words between spaces: its name or path, behind sudo -n where the login is not root."),
        new SettingDescription("sshConfig", SettingKind.Path, Required: false, null, "ssh_config(5) file for the nodes; without it the operator's own is used."),
        new SettingDescription("image", SettingKind.Text, Required: false, "blackstart", "Container image with blackstart, for the runner job."),
    ];

    /// <summary>The settings of a component, as one run has them.</summary>
    public static NodeSettings Of(Component component, RunOptions options) => new(
        RunnerChoice.Of(options.Of(RunnerChoice.Option) is [.., var asked] ? asked : component.Settings.TextOrNull("runner") ?? "here"),
        (component.Settings.TextOrNull("program") ?? DefaultProgram).Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words ? words : [DefaultProgram],
        component.Settings.TextOrNull("sshConfig"),
        component.Settings.TextOrNull("image") ?? "blackstart",
        component.Settings.TextOrNull("namespace") ?? "longhorn-system");
}
