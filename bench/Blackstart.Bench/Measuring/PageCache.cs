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
}
