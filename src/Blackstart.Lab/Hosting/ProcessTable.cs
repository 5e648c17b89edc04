using System.Text.Json;

namespace Blackstart.Lab.Hosting;

/// <summary>The lab's processes on this machine: those written down, and those found to be its own.</summary>
/// <remarks>
/// A file can be missing (its writer was killed between the start and the writing), so the machine's process list is asked
/// as well: a process is the lab's when it was started with <see cref="Marker"/>, or is a PostgreSQL process working in the
/// lab's data directory (PostgreSQL overwrites its environment with its title).
/// </remarks>
internal sealed class ProcessTable(LabLayout layout)
{
    /// <summary>Environment variable that every lab process carries; its value is the state directory.</summary>
    public const string Marker = "BLACKSTART_LAB";

    public async Task WriteAsync(ProcessRecord record, CancellationToken cancellationToken) =>
        await LabJson.WriteAsync(FileOf(record.Name), record, cancellationToken);

    public void Remove(string name) => File.Delete(FileOf(name));

    /// <summary>What is written down, whether it still lives or not.</summary>
    public IReadOnlyList<ProcessRecord> Read()
    {
        if (!Directory.Exists(layout.Processes))
        {
            return [];
        }

        var records = new List<ProcessRecord>();
        foreach (var file in Directory.EnumerateFiles(layout.Processes, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                if (JsonSerializer.Deserialize<ProcessRecord>(File.ReadAllText(file), LabJson.Options) is { } record)
                {
                    records.Add(record);
                }
            }
            catch (JsonException)
            {
                // A file cut off by a crash: the machine's own list finds the process.
            }
            catch (FileNotFoundException)
            {
                // Its process ended in this instant.
            }
        }

        return records;
    }

    public ProcessRecord? Find(string name) => Read().FirstOrDefault(record => record.Name == name);

    /// <summary>Every living process of the lab, the supervisor first.</summary>
    public IReadOnlyList<ProcessRecord> Alive()
    {
        var found = Read().Where(record => record.IsAlive()).ToDictionary(record => record.Pid);
        foreach (var pid in ProcFile.Pids())
        {
            if (pid != Environment.ProcessId && !found.ContainsKey(pid) && IsOurs(pid)
                && ProcFile.Stat(pid) is { Runs: true } stat)
            {
                found[pid] = new ProcessRecord($"({stat.Program})", pid, stat.StartTime, Real: true);
            }
        }

        return [.. found.Values.OrderByDescending(record => record.Name == "supervisor").ThenBy(record => record.Pid)];
    }

    /// <summary>PostgreSQL processes working in the lab's data directory: the postmaster and its children, also after the postmaster's death.</summary>
    public IReadOnlyList<ProcessRecord> PostgresProcesses() =>
    [
        .. from pid in ProcFile.Pids()
           where IsPostgres(pid)
           let stat = ProcFile.Stat(pid)
           where stat is { Runs: true }
           select new ProcessRecord("postgres", pid, stat.Value.StartTime, Real: true),
    ];

    private bool IsOurs(int pid) => ProcFile.HasEnvironment(pid, $"{Marker}={layout.Root}") || IsPostgres(pid);

    private bool IsPostgres(int pid) =>
        ProcFile.Stat(pid) is { Program: "postgres" } && ProcFile.WorkingDirectory(pid) == layout.Postgres;

    private string FileOf(string name) => Path.Combine(layout.Processes, name + ".json");
}
