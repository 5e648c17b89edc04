using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Kubelet;

/// <summary>What pods leave behind on their node.</summary>
internal static class PodFolders
{
    /// <summary>
    /// Kubelets that start find the processes' files of those before them. The processes ended with them (their lifeline was
    /// theirs); one still in its last instant is ended here, because its successor writes to the same volume.
    /// </summary>
    public static void EndProcesses(LabLayout layout)
    {
        var table = new ProcessTable(layout);
        foreach (var record in table.Read().Where(record => record.Name.StartsWith(PodProcess.NamePrefix, StringComparison.Ordinal)))
        {
            Signals.Send(record.Pid, record.StartTime, Signals.Kill);
            SpinWait.SpinUntil(() => !record.IsAlive(), TimeSpan.FromSeconds(5));
            table.Remove(record.Name);
        }
    }

    /// <summary>Empties the node's folder of mounts.</summary>
    public static void Clean(KubeletContext context)
    {
        if (Directory.Exists(context.PodsFolder))
        {
            Directory.Delete(context.PodsFolder, recursive: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(context.PodsFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
