using System.ComponentModel;
using System.Diagnostics;
using Blackstart.Core.Errors;

namespace Blackstart.Systems.Tools;

/// <summary>
/// A tool that runs beside this process and never outlives it, not even when this process is killed with SIGKILL: on Linux
/// the kernel's parent-death signal ends it, set by <c>setpriv --pdeathsig</c> (prctl(2), PR_SET_PDEATHSIG).
/// </summary>
public sealed class BackgroundTool : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ManualResetEventSlim _end;
    private readonly Task _draining;

    private BackgroundTool(Process process, ManualResetEventSlim end)
    {
        _process = process;
        _end = end;

        // Left unread, a full pipe would stop the tool for good.
        _draining = DrainAsync();
    }

    /// <summary>Whether the tool still runs.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The last line the tool said on standard error; empty when it said none.</summary>
    public string LastWords { get; private set; } = "";

    /// <summary>Starts a tool.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>: it is not on PATH.</exception>
    public static async Task<BackgroundTool> StartAsync(Command command)
    {
        var bound = OperatingSystem.IsLinux()
            ? new Command("setpriv", ["--pdeathsig", "KILL", command.Tool, .. command.Arguments]) { Environment = command.Environment, WorkingDirectory = command.WorkingDirectory }
            : command;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new ManualResetEventSlim();

        // The signal is sent when the *thread* that started the tool ends, so that thread waits for the tool's own end.
        var thread = new Thread(() =>
        {
            try
            {
                started.SetResult(Process.Start(ProcessStart.Of(bound))!);
                end.Wait();
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = command.Tool,
        };
        thread.Start();
        try
        {
            var process = await started.Task;
            process.StandardInput.Close();
            return new BackgroundTool(process, end);
        }
        catch (Win32Exception e)
        {
            end.Dispose();
            throw MissingTool.Error(command.Tool, e);
        }
    }

    /// <summary>The first line of the tool's standard output, by which many say that they are ready; null when it ended without one.</summary>
    public async Task<string?> ReadFirstLineAsync(CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        if (line is null)
        {
            await _process.WaitForExitAsync(cancellationToken);
            await _draining;
        }

        return line;
    }

    /// <summary>Ends the tool and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        await _draining;
        _process.Dispose();
        _end.Set();
    }

    private async Task DrainAsync()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None) is { } line)
        {
            LastWords = line.Length > 0 ? line : LastWords;
        }
    }
}
