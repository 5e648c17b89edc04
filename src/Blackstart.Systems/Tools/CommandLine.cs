using System.ComponentModel;
using System.Diagnostics;
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

    /// <inheritdoc/>
    public async Task<CommandResult> TryRunAsync(Command command, CancellationToken cancellationToken)
    {
        using var process = Start(command);
        using var deadline = new CancellationTokenSource(command.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(both.Token);
            var error = process.StandardError.ReadToEndAsync(both.Token);
            await WriteInputAsync(process, command.StandardInput, both.Token);
            await process.WaitForExitAsync(both.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
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

    private static async Task WriteInputAsync(Process process, string? text, CancellationToken cancellationToken)
    {
        try
        {
            if (text is not null)
            {
                await process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool ended without reading its input; its exit code and last words say why.
        }
    }

    private static async Task EndAsync(Process process)
    {
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
}
