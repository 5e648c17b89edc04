namespace Blackstart.Longhorn.Replicas;

/// <summary>Whether the volume can be read from a replica.</summary>
public enum ReplicaVerdict
{
    /// <summary>It can.</summary>
    Recoverable,

    /// <summary>It can, and the result needs a closer look; the findings say why.</summary>
    RecoverableWithWarning,

    /// <summary>It cannot; the refusal says why.</summary>
    Refused,
}
