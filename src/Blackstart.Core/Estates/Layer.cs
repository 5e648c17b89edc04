namespace Blackstart.Core.Estates;

/// <summary>The stack order that a component is backed up in, from the ground up.</summary>
public enum Layer
{
    /// <summary>Outside the cluster: databases, git.</summary>
    S1 = 1,

    /// <summary>The cluster itself.</summary>
    S2 = 2,

    /// <summary>Storage in the cluster.</summary>
    S3 = 3,

    /// <summary>Secrets and delivery.</summary>
    S4 = 4,

    /// <summary>What people came for.</summary>
    S5 = 5,
}
