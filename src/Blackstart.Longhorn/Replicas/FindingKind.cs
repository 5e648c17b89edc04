namespace Blackstart.Longhorn.Replicas;

/// <summary>What a finding means for the replica.</summary>
public enum FindingKind
{
    /// <summary>Worth knowing; changes nothing.</summary>
    Note,

    /// <summary>The replica can be read; the result needs a closer look.</summary>
    Warning,

    /// <summary>The replica is not read.</summary>
    Refusal,
}
