using System.Diagnostics;

namespace Blackstart.Bench.Measuring;

/// <summary>Runs a program to its end.</summary>
internal static class ToolProcess
{
    /// <summary>Runs it and takes what it prints; what it reports on standard error passes through.</summary>
    /// <exception cref="IOException">It ended with an exit code that is not among <paramref name="accepted"/>; 0 always is.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null, params int[] accepted)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new IOException($"{program} could not be started");
        try
        {
            var text = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 || accepted.Contains(process.ExitCode)
                ? text
                : throw new IOException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
