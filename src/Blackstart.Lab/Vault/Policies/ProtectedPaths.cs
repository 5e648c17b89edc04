namespace Blackstart.Lab.Vault.Policies;

/// <summary>The paths that need <c>sudo</c> beside the operation's own capability.</summary>
internal static class ProtectedPaths
{
    private static readonly string[] Exact = ["sys/seal", "sys/remount", "sys/rotate", "auth/token/revoke-orphan", "auth/token/create-orphan"];

    private static readonly string[] Prefixes =
    [
        "sys/auth/", "sys/leases/lookup/", "sys/leases/revoke-prefix/", "sys/leases/revoke-force/", "sys/revoke-prefix/", "auth/token/accessors",
    ];

    public static bool Contain(string path) =>
        Exact.Contains(path) || Array.Exists(Prefixes, prefix => path.StartsWith(prefix, StringComparison.Ordinal));
}
