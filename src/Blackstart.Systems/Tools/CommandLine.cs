using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Blackstart.Core.Errors;

namespace Blackstart.Systems.Tools;

/// <summary>
/// Starts tools with an allow-listed environment: PATH, locale, terminal and temporary folder, and what the command adds.
/// No ambient credential (KUBECONFIG, VAULT_TOKEN, PGPASSWORD, …) reaches a tool by accident.
/// </summary>
public sealed class CommandLine(TimeProvider time) : ICommandLine
{
    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(Command command, CancellationToken cancellationToken)
    {
        var result = await TryRunAsync(command, cancellationToken);
        return result.ExitCode == 0
            ? result
            : throw new BlackstartException(
                "BS4003",
                ExitCode.CouldNotVerify,
                $"running {command}",
                $"it ended with exit code {result.ExitCode}: {result.LastWords}",
                "Run the same command by hand to see all of its output");
    }

    private const int LongestError = 256 * 1024;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GraceToEnd = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<CommandResult> TryRunAsync(Command command, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        using var deadline = new CancellationTokenSource(command.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(both.Token);
            var error = ReadErrorAsync(process, command.ErrorLines, both.Token);
            await WriteInputAsync(process, command.StandardInput, staysOpen: command.IsLifeline, both.Token);
            var beating = command.IsLifeline ? BeatAsync(process, both.Token) : Task.CompletedTask;
            await process.WaitForExitAsync(both.Token);
            await beating;
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process, command.IsLifeline);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BlackstartException(
                "BS4002",
                ExitCode.CouldNotVerify,
                $"running {command}",
                $"it gave no result within {command.Timeout.TotalSeconds:0} s and was stopped",
                "Check that the system it talks to answers, then run it again");
        }
    }

    private static Process Start(Command command)
    {
        try
        {
            return Process.Start(ProcessStart.Of(command))!;
        }
        catch (Win32Exception e)
        {
            throw MissingTool.Error(command.Tool, e);
        }
    }

    private static async Task WriteInputAsync(Process process, string? text, bool staysOpen, CancellationToken cancellationToken)
    {
        try
        {
            if (text is not null)
            {
                await process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
            }

            if (!staysOpen)
            {
                process.StandardInput.Close();
            }
        }
        catch (IOException)
        {
            // The tool ended without reading its input; its exit code and last words say why.
        }
    }

    private static async Task<string> ReadErrorAsync(Process process, IProgress<string>? lines, CancellationToken cancellationToken)
    {
        if (lines is null)
        {
            return await process.StandardError.ReadToEndAsync(cancellationToken);
        }

        var text = new StringBuilder();
        while (await process.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            lines.Report(line);

            // Progress of many hours must not pile up; the last words are at the end.
            text.Remove(0, Math.Max(0, text.Length - LongestError));
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    private async Task BeatAsync(Process process, CancellationToken cancellationToken)
    {
        try
        {
            while (!process.HasExited)
            {
                await process.StandardInput.WriteAsync("\n".AsMemory(), cancellationToken);
                await process.StandardInput.FlushAsync(cancellationToken);
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var exit = process.WaitForExitAsync(pause.Token);
                await Task.WhenAny(exit, Task.Delay(Beat, time, pause.Token));
                await pause.CancelAsync();
            }
        }
        catch (IOException)
        {
            // The tool has ended, or reads nothing any more.
        }
    }

    private async Task EndAsync(Process process, bool isLifeline)
    {
        if (isLifeline)
        {
            await HangUpAsync(process);
        }

        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself in the meantime.
        }

        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Ends the lifeline, by which the tool ends itself, and what it started elsewhere with it.</summary>
    private async Task HangUpAsync(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It no longer reads.
        }

        using var grace = new CancellationTokenSource(GraceToEnd, time);
        await process.WaitForExitAsync(grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
