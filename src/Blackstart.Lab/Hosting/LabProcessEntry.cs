using System.Runtime.InteropServices;
using Blackstart.Core.Errors;

namespace Blackstart.Lab.Hosting;

/// <summary>What <c>blackstart lab process NAME -- ARGUMENTS</c> runs.</summary>
public static class LabProcessEntry
{
    /// <summary>Runs a lab process to its end. SIGTERM and SIGINT ask it to stop.</summary>
    /// <param name="name">Name in <see cref="LabProcesses"/>.</param>
    /// <param name="arguments">Its arguments; <c>--lifeline</c> among them ends it when standard input does.</param>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="BlackstartException"><c>BS6012</c>: no process has that name.</exception>
    public static async Task<int> RunAsync(string name, IReadOnlyList<string> arguments)
    {
        var run = LabProcesses.Find(name);
        if (arguments.Contains("--lifeline", StringComparer.Ordinal))
        {
            Lifeline.Hold();
        }

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            return await run([.. arguments.Where(argument => argument != "--lifeline")], stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (BlackstartException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return (int)e.ExitCode;
        }
    }
}
