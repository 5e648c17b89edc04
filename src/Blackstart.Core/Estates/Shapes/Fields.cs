namespace Blackstart.Core.Estates.Shapes;

/// <summary>The values of an object's keys, once all of them were read.</summary>
internal sealed class Fields(IReadOnlyDictionary<IKey, object?> values)
{
    public T Get<T>(Key<T> key) => values.TryGetValue(key, out var value) ? (T)value! : key.Default;
}
