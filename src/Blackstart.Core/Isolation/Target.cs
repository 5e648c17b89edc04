using Blackstart.Core.Planning;

namespace Blackstart.Core.Isolation;

/// <summary>The system an effect lands on.</summary>
/// <param name="System">What kind of system it is.</param>
/// <param name="Name">A machine's name; for the other kinds the environment has one system only and the name is that kind's.</param>
public sealed record Target(SystemKind System, string Name)
{
    /// <summary>The environment's Kubernetes cluster.</summary>
    public static Target Kubernetes { get; } = new(SystemKind.Kubernetes, "kubernetes");

    /// <summary>The environment's Vault.</summary>
    public static Target Vault { get; } = new(SystemKind.Vault, "vault");

    /// <summary>The environment's PostgreSQL.</summary>
    public static Target Postgres { get; } = new(SystemKind.Postgres, "postgres");

    /// <summary>One of the environment's machines.</summary>
    public static Target Machine(string name) => new(SystemKind.Machine, name);

    /// <summary><c>kubernetes</c>, <c>machine/pi2</c>.</summary>
    public override string ToString() => System == SystemKind.Machine ? $"machine/{Name}" : Words.Of(System);
}
