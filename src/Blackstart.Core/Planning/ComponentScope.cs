using Blackstart.Core.Estates;

namespace Blackstart.Core.Planning;

/// <summary>A component in one environment of its estate.</summary>
/// <param name="Estate">The estate.</param>
/// <param name="Environment">The environment acted on.</param>
/// <param name="Component">The component.</param>
public sealed record ComponentScope(Estate Estate, EstateEnvironment Environment, Component Component)
{
    /// <summary>All components that need this one, directly or through others.</summary>
    public IEnumerable<Component> Dependents()
    {
        var needed = new HashSet<string>(StringComparer.Ordinal) { Component.Name };
        bool grown;
        do
        {
            grown = false;
            foreach (var other in Estate.Components.Where(c => c.DependsOn.Any(needed.Contains)))
            {
                grown |= needed.Add(other.Name);
            }
        }
        while (grown);
        return Estate.Components.Where(c => c != Component && needed.Contains(c.Name));
    }
}
