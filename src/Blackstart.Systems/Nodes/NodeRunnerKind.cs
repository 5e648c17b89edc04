namespace Blackstart.Systems.Nodes;

/// <summary>How a command gets to the node whose disk or device it works on.</summary>
internal enum NodeRunnerKind
{
    /// <summary>As a child process: the node is this machine.</summary>
    Here,

    /// <summary>Over ssh.</summary>
    Ssh,

    /// <summary>As a Kubernetes Job that is pinned to the node.</summary>
    Job,
}
