namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>Which object of a cluster.</summary>
/// <param name="Kind">Its kind, such as <c>Volume</c>; kinds that are captured differ in it.</param>
/// <param name="Namespace">Its namespace; empty for an object of the cluster.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct ObjectKey(string Kind, string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? $"{Kind}/{Name}" : $"{Kind}/{Namespace}/{Name}";
}
