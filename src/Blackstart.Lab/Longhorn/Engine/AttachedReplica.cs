namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>A replica in an engine's hands.</summary>
internal sealed class AttachedReplica(string name, string path)
{
    private volatile ReplicaMode _mode = ReplicaMode.Failed;

    public string Name => name;

    public string Path => path;

    public ReplicaMode Mode
    {
        get => _mode;
        set => _mode = value;
    }

    /// <summary>The open directory; null if it could not be opened.</summary>
    public IReplica? Replica { get; set; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; set; }

    public ReplicaStatus Status => new(name, path, Mode, Reason);
}
