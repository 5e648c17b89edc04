using System.Collections.Immutable;
using Blackstart.Lab.Kubernetes.CustomResources;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>The kinds that are served now: the built-in ones and those of the definitions in the store.</summary>
internal sealed class KindRegistry
{
    private const string Definitions = "/registry/apiextensions.k8s.io/customresourcedefinitions/";
    private readonly Dictionary<string, ImmutableArray<ResourceKind>> _custom = new(StringComparer.Ordinal);
    private volatile KindSnapshot _current = KindSnapshot.Of(BuiltInKinds.All);

    public KindSnapshot Current => _current;

    /// <summary>Follows the definitions; called by the store in the order of changes, one at a time.</summary>
    public void Observe(StoreEvent change)
    {
        if (!change.Key.StartsWith(Definitions, StringComparison.Ordinal))
        {
            return;
        }

        if (change.Type == StoreEventType.Deleted)
        {
            _custom.Remove(change.Key);
        }
        else
        {
            _custom[change.Key] = [.. CustomKinds.Of(change.Object.View)];
        }

        _current = KindSnapshot.Of(BuiltInKinds.All.Concat(_custom.Values.SelectMany(kinds => kinds)));
    }

    public ResourceKind BuiltIn(string group, string plural) => _current.Find(group, "v1", plural)!;
}
