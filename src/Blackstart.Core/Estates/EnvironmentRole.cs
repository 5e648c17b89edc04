namespace Blackstart.Core.Estates;

/// <summary>What may happen to an environment.</summary>
public enum EnvironmentRole
{
    /// <summary>The one that people depend on. No fault is ever injected here.</summary>
    Production,

    /// <summary>A place for drills.</summary>
    Sandbox,
}
