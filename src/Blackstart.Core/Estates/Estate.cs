namespace Blackstart.Core.Estates;

/// <summary>The platform as declared in <c>blackstart.yaml</c>: where it exists, what it is made of, and how fast it must come back.</summary>
/// <param name="Name">Name of the estate.</param>
/// <param name="SourcePath">Absolute path of the file it was read from; relative paths in that file are relative to its folder.</param>
/// <param name="Environments">The places it exists in, in the order of the file: exactly one of role production.</param>
/// <param name="Components">Its parts, in the order of the file. What they depend on is acyclic and all of it is declared.</param>
/// <param name="Objectives">Objectives of the whole; a component may declare tighter ones.</param>
public sealed record Estate(
    string Name,
    string SourcePath,
    IReadOnlyList<EstateEnvironment> Environments,
    IReadOnlyList<Component> Components,
    Objectives Objectives)
{
    /// <summary>The one environment of role production.</summary>
    public EstateEnvironment Production => Environments.Single(e => e.Role == EnvironmentRole.Production);

    /// <summary>The environment of that name, or null.</summary>
    public EstateEnvironment? FindEnvironment(string name) =>
        Environments.FirstOrDefault(e => string.Equals(e.Name, name, StringComparison.Ordinal));

    /// <summary>The component of that name, or null.</summary>
    public Component? FindComponent(string name) =>
        Components.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.Ordinal));

    /// <summary>The components of that type, in the order of the file.</summary>
    public IEnumerable<Component> OfType(string type) =>
        Components.Where(c => string.Equals(c.Type, type, StringComparison.Ordinal));
}
