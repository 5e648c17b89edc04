using Blackstart.Core.Estates.Shapes;

namespace Blackstart.Core.Estates;

/// <summary>The whole file, given the component types: what the loader reads and the schema describes.</summary>
internal sealed class EstateModel
{
    public EstateModel(IReadOnlyList<ComponentTypeDescription> types, string sourcePath)
    {
        Components = new Key<IReadOnlyList<Component>>(
            "components", new ListShape<Component>(new ComponentShape(types), 1), Required: true, [], "The parts of the estate.");
        Shape = new ObjectShape<Estate>(
            "the estate",
            [EstateKeys.ApiVersion, EstateKeys.EstateName, EstateKeys.Environments, Components, EstateKeys.Objectives],
            f => new Estate(
                f.Get(EstateKeys.EstateName), sourcePath, f.Get(EstateKeys.Environments), f.Get(Components), f.Get(EstateKeys.Objectives)));
    }

    public Key<IReadOnlyList<Component>> Components { get; }

    public ObjectShape<Estate> Shape { get; }
}
