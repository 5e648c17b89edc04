using Blackstart.Lab.Kubernetes.CustomResources;
using Blackstart.Lab.Kubernetes.Patches;

namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>Where in an object one is, as far as the merging of its fields depends on it.</summary>
/// <param name="Name">The name of the member.</param>
/// <param name="Schema">A custom kind's schema here, if any.</param>
/// <param name="Custom">Whether the object is of a custom kind.</param>
internal sealed record ObjectShape(string Name, StructuralSchema? Schema, bool Custom)
{
    public bool IsAtomic => Schema is { AtomicMap: true };

    public ObjectShape Member(string name) => new(name, Schema?.Properties.GetValueOrDefault(name) ?? Schema?.Additional, Custom);

    public ObjectShape Element() => this with { Schema = Schema?.Items };

    public ListShape ListOf(string parent)
    {
        if (Custom && Schema is not null)
        {
            return Schema.ListType switch
            {
                "map" => new ListShape(false, Schema.ListKeys),
                "set" => new ListShape(true, []),
                _ => ListShape.Atomic,
            };
        }

        if (Custom && parent != "metadata")
        {
            return ListShape.Atomic;
        }

        return ListKeys.IsSet(Name) ? new ListShape(true, []) : ListKeys.Of(parent, Name) is { } keys ? new ListShape(false, keys) : ListShape.Atomic;
    }
}
