using System.Runtime.InteropServices;

namespace Blackstart.Lab.Hosting;

/// <summary>Signals to processes, by <c>kill(2)</c>. Numbers are Linux's.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Sends a signal to one process, provided it is still the one that started then.</summary>
    public static void Send(int pid, long startTime, int signal)
    {
        if (ProcFile.IsAlive(pid, startTime))
        {
            _ = KillProcess(pid, signal);
        }
    }

    /// <summary>Ends the calling process at once, running nothing of it any more.</summary>
    public static void EndSelf() => _ = KillProcess(Environment.ProcessId, Kill);

    public static bool IsRoot() => GetEffectiveUserId() == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int KillProcess(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint GetEffectiveUserId();
}
