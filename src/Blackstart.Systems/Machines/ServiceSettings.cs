using Blackstart.Core.Estates;

namespace Blackstart.Systems.Machines;

/// <summary>The settings by which a component names the machine it runs on.</summary>
internal static class ServiceSettings
{
    public static IReadOnlyList<SettingDescription> Machine { get; } =
    [
        new SettingDescription("machine", SettingKind.Text, Required: true, null, "Name of the node it runs on."),
    ];
}
