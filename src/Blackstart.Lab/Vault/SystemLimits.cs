namespace Blackstart.Lab.Vault;

/// <summary>What holds where neither a mount nor a role says otherwise.</summary>
internal static class SystemLimits
{
    /// <summary>Seconds: 768 hours, Vault's own default and maximum of a lease.</summary>
    public const long MaximumTtl = 768 * 3600;

    /// <summary>Seconds.</summary>
    public const long DefaultTtl = MaximumTtl;
}
