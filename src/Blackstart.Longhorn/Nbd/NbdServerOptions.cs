namespace Blackstart.Longhorn.Nbd;

/// <summary>How an NBD server deals with its clients.</summary>
public sealed record NbdServerOptions
{
    /// <summary>More connections than this at once are closed at the door; <c>nbdcopy</c> opens four.</summary>
    public int MaximumConnections { get; init; } = 64;

    /// <summary>How long a client may take to ask for an export.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Told, from any thread, when a client was given an export (1) and when it has left (-1).</summary>
    public Action<int>? ClientsChanged { get; init; }
}
