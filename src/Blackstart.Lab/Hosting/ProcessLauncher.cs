using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Blackstart.Lab.Hosting;

/// <summary>Starts the lab's long-lived processes, their output appended to their logs, and writes them down.</summary>
/// <remarks>
/// A child must not outlive the process that started it, however that one ends. Programs of our own read a pipe that nobody
/// writes to (<c>--lifeline</c>) and end at its end of file. Others get a parent-death signal from the kernel. That signal is
/// sent when the <em>thread</em> that forked them ends (man 2 PR_SET_PDEATHSIG), and a pool thread may end at any time: all
/// starts happen on one thread that lives as long as the process.
/// </remarks>
internal sealed class ProcessLauncher : IDisposable
{
    private static readonly string[] Inherited =
        ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TZ", "DOTNET_ROOT", "DOTNET_CLI_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"];

    private readonly BlockingCollection<Action> _starts = [];
    private readonly LabLayout _layout;
    private readonly ProcessTable _table;

    public ProcessLauncher(LabLayout layout)
    {
        _layout = layout;
        _table = new ProcessTable(layout);
        var thread = new Thread(() =>
        {
            foreach (var start in _starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        {
            IsBackground = true,
            Name = "process launcher",
        };
        thread.Start();
    }

    public async Task<LaunchedProcess> StartAsync(Launch launch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = new TaskCompletionSource<LaunchedProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _starts.Add(
            () =>
            {
                try
                {
                    var process = Process.Start(Describe(launch))!;
                    if (launch.Detached)
                    {
                        process.StandardInput.Close();
                    }

                    var startTime = ProcFile.Stat(process.Id)?.StartTime ?? 0;
                    started.SetResult(new LaunchedProcess(process, new ProcessRecord(launch.Name, process.Id, startTime, launch.Real)));
                }
                catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
                {
                    started.SetException(e);
                }
            },
            cancellationToken);
        var result = await started.Task;

        // Written down even if the start was cancelled in this instant: what runs must be found.
        await _table.WriteAsync(result.Record, CancellationToken.None);
        return result;
    }

    public void Dispose()
    {
        // The thread itself stays: its end would send the death signal to children that are still to be stopped in order.
    }

    private ProcessStartInfo Describe(Launch launch)
    {
        // The shell only redirects and then becomes the program; everything else reaches it as an argument, never as text to parse.
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            WorkingDirectory = launch.WorkingDirectory ?? _layout.Root,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >>\"$0\" 2>&1");
        start.ArgumentList.Add(_layout.Log(launch.Name));
        if (launch.Detached)
        {
            start.ArgumentList.Add("setsid");
        }
        else if (launch.Real)
        {
            foreach (var word in (string[])["setpriv", .. launch.Privileges ?? [], "--pdeathsig", "KILL", "--"])
            {
                start.ArgumentList.Add(word);
            }
        }

        start.ArgumentList.Add(launch.Program);
        foreach (var argument in launch.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                start.Environment[name] = value;
            }
        }

        // Diagnostics sockets of a killed .NET process would be left behind in the temporary folder.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[ProcessTable.Marker] = _layout.Root;
        return start;
    }
}
