namespace Blackstart.Core.Planning;

/// <summary>What a plan is for. The boundary lets a change land on production for some purposes only.</summary>
public enum Purpose
{
    /// <summary>Bring an environment back after a real outage.</summary>
    Recover,

    /// <summary>Break a sandbox and bring it back.</summary>
    Drill,
}
