namespace Blackstart.Lab.Hosting;

/// <summary>The lab's mains switch.</summary>
/// <param name="layout">The lab.</param>
/// <param name="time">Clock for deadlines.</param>
public sealed class LabPower(LabLayout layout, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Kills every process of the lab with SIGKILL, the supervisor first so that it restarts none of them, and returns when
    /// all are gone. Nothing is written, flushed or told to anybody. Safe to repeat; does nothing on a lab that is down.
    /// </summary>
    /// <returns>The processes that were killed.</returns>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6009</c>: one of them does not die.</exception>
    public async Task<IReadOnlyList<ProcessRecord>> CutAsync(CancellationToken cancellationToken)
    {
        var table = new ProcessTable(layout);
        var killed = new Dictionary<int, ProcessRecord>();
        var started = time.GetTimestamp();
        while (true)
        {
            // Asked again until none is found: a process may have started another one in the instant before its own end.
            // Those already killed are asked by what is known of them: a dying process no longer tells whose it is.
            var alive = table.Alive().UnionBy(killed.Values.Where(record => record.IsAlive()), record => record.Pid).ToList();
            if (alive.Count == 0)
            {
                return [.. killed.Values];
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                throw LabErrors.StillAlive(string.Join(", ", alive.Select(record => $"{record.Name} ({record.Pid})")));
            }

            foreach (var record in alive)
            {
                killed.TryAdd(record.Pid, record);
                Signals.Send(record.Pid, record.StartTime, Signals.Kill);
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }
}
