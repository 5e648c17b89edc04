using Blackstart.Core.Errors;
using Blackstart.Core.Estates;

namespace Blackstart.Systems.Environments;

/// <summary>The failure of a setting whose form its component type does not take.</summary>
internal static class MalformedSetting
{
    public static BlackstartException Error(Component component, string key, string value, string form) => new(
        "BS4007",
        ExitCode.InvalidInput,
        $"reading '{key}' of component '{component.Name}'",
        $"it is '{value}'",
        $"Write it as {form}");
}
