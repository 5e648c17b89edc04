namespace Blackstart.Systems.Tools;

/// <summary>Which package brings a tool, for the message an operator sees when it is missing.</summary>
internal static class ToolPackages
{
    private static readonly Dictionary<string, string> DebianPackages = new(StringComparer.Ordinal)
    {
        ["age"] = "age",
        ["debugfs"] = "e2fsprogs",
        ["dumpe2fs"] = "e2fsprogs",
        ["e2fsck"] = "e2fsprogs",
        ["etcd"] = "etcd-server",
        ["etcdctl"] = "etcd-client",
        ["git"] = "git",
        ["kubectl"] = "kubernetes-client",
        ["mke2fs"] = "e2fsprogs",
        ["nbdcopy"] = "libnbd-bin",
        ["pg_dump"] = "postgresql-client",
        ["psql"] = "postgresql-client",
        ["qemu-img"] = "qemu-utils",
        ["restic"] = "restic",
        ["setpriv"] = "util-linux",
    };

    public static string Hint(string tool) =>
        DebianPackages.TryGetValue(Path.GetFileName(tool), out var package)
            ? $"Install the package '{package}' (scripts/prerequisites installs all that is missing)"
            : $"Install '{tool}', or put its folder on PATH";
}
