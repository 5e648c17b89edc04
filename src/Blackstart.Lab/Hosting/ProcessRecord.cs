namespace Blackstart.Lab.Hosting;

/// <summary>A process of the lab, as its starter wrote it down.</summary>
/// <param name="Name">Name in the lab: <c>etcd</c>, <c>kubernetes</c>, <c>pod-erp-erp-0</c>, ….</param>
/// <param name="Pid">Process id.</param>
/// <param name="StartTime">Clock ticks between boot and its start (field 22 of <c>/proc/PID/stat</c>): with the pid it names a process for good.</param>
/// <param name="Real">Whether it is the real program rather than the lab's simulation.</param>
public sealed record ProcessRecord(string Name, int Pid, long StartTime, bool Real)
{
    /// <summary>Whether that very process is still there (a zombie is not).</summary>
    public bool IsAlive() => ProcFile.IsAlive(Pid, StartTime);
}
