namespace Blackstart.Core.Isolation;

/// <summary>The kinds of system that can say who they are.</summary>
public enum SystemKind
{
    /// <summary>A Kubernetes cluster; its identity is the UID of the namespace <c>kube-system</c>.</summary>
    Kubernetes,

    /// <summary>A Vault; its identity is the cluster ID in <c>sys/health</c>, told only while it is unsealed.</summary>
    Vault,

    /// <summary>A PostgreSQL cluster; its identity is the system identifier in <c>pg_control_system()</c>.</summary>
    Postgres,

    /// <summary>A machine; its identity is its machine-id (machine-id(5)).</summary>
    Machine,
}
