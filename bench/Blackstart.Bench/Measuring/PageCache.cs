namespace Blackstart.Bench.Measuring;

/// <summary>The kernel's cache of file contents: dropped before a measurement, where one may (proc_sys_vm(5), <c>drop_caches</c>).</summary>
internal static class PageCache
{
    private const string Switch = "/proc/sys/vm/drop_caches";

    /// <summary>Whether it can be dropped: only root may.</summary>
    public static bool IsDroppable { get; } = Environment.IsPrivilegedProcess && File.Exists(Switch);

    /// <summary>Writes back what is dirty and drops the rest; without the right to, only writes back.</summary>
    public static async Task SettleAsync(CancellationToken cancellationToken)
    {
        await ToolProcess.RunAsync("sync", [], cancellationToken);
        if (IsDroppable)
        {
            await File.WriteAllTextAsync(Switch, "3\n", cancellationToken);
        }
    }

    /// <summary>
    /// Writes back what is dirty, so that what was written by the one before is out of the way; then drops what is cached, or reads the files that are to be in memory.
    /// </summary>
    public static async Task SettleAsync(bool isCold, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (isCold)
        {
            await SettleAsync(cancellationToken);
            return;
        }

        await ToolProcess.RunAsync("sync", [], cancellationToken);
        foreach (var file in files)
        {
            // Leaves holes out: read by a plain loop, gigabytes of them would push out what is to stay.
            await ToolProcess.RunAsync("cp", [file, "/dev/null"], cancellationToken);
        }
    }
}
