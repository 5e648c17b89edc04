using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Nodes;

/// <summary>One start of <c>blackstart longhorn</c> on a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Name">What it does on what, such as <c>export-erp-data</c>; at most 50 lower-case letters, digits and <c>-</c>.</param>
/// <param name="Arguments">What follows <c>blackstart longhorn</c>.</param>
internal sealed record NodeCommand(string Node, string Name, params IReadOnlyList<string> Arguments)
{
    /// <summary>What it does to what lies on the node.</summary>
    public Effect Effect { get; init; } = Effect.Observe;

    /// <summary>What the boundary proved for the step that runs it.</summary>
    public IReadOnlyList<Clearance> Clearances { get; init; } = [];

    /// <summary>
    /// Names this very attempt to write. Of commands with the same <see cref="Name"/> that have one, only one is ever at work; a Job that an
    /// earlier process began for the same attempt is waited for instead of being started again.
    /// </summary>
    public string? Attempt { get; init; }

    /// <summary>The engine's endpoint it works on; null when it works on a disk alone.</summary>
    public string? Endpoint { get; init; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);
}
