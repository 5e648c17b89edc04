using Blackstart.Core.Estates;

namespace Blackstart.Core.Planning;

/// <summary>The component types that are known, by name.</summary>
public sealed class ComponentTypes(IReadOnlyList<IComponentType> types)
{
    private readonly Dictionary<string, IComponentType> _types = types.ToDictionary(t => t.Description.Name, StringComparer.Ordinal);

    /// <summary>What <c>blackstart.yaml</c> may say of components.</summary>
    public IReadOnlyList<ComponentTypeDescription> Descriptions { get; } = [.. types.Select(t => t.Description)];

    /// <summary>The type of a component; an estate that was loaded holds only known ones.</summary>
    public IComponentType Of(Component component) => _types[component.Type];
}
