namespace Blackstart.Lab.Hosting;

/// <summary>Where a supervised service stands.</summary>
internal enum ServiceState
{
    /// <summary>Not wanted, not running.</summary>
    Stopped,

    /// <summary>Wanted; it is started once those it needs answer.</summary>
    Waiting,

    /// <summary>Started, not answering yet.</summary>
    Starting,

    /// <summary>It answers.</summary>
    Ready,

    /// <summary>Wanted, but it ended by itself and waits for its next start.</summary>
    Failed,
}
