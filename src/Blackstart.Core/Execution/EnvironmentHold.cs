using Blackstart.Core.Errors;

namespace Blackstart.Core.Execution;

/// <summary>
/// One run at a time in an environment: two would take back what the other does. An advisory lock, <c>.ENVIRONMENT.lock</c> in the
/// folder of runs, that the kernel lets go of when its holder dies; <c>.ENVIRONMENT.run</c> beside it, which others may read, names the run.
/// </summary>
public sealed class EnvironmentHold : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _run;

    private EnvironmentHold(FileStream held, string run)
    {
        _lock = held;
        _run = run;
    }

    /// <summary>Writes down which run has the environment.</summary>
    public void For(string run) => File.WriteAllText(_run, run);

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(_run);
        _lock.Dispose();
    }

    internal static EnvironmentHold Take(string folder, string environment)
    {
        Directory.CreateDirectory(folder);
        var run = Path.Combine(folder, $".{environment}.run");
        FileStream held;
        try
        {
            held = new FileStream(Path.Combine(folder, $".{environment}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new BlackstartException(
                "BS3011",
                ExitCode.CouldNotVerify,
                $"taking the environment {environment} for a run",
                $"{Holder(run)} is under way there",
                "Wait until it has ended, or stop it, then try again",
                e);
        }

        // Left behind by a run that was killed.
        File.Delete(run);
        return new EnvironmentHold(held, run);
    }

    private static string Holder(string run)
    {
        try
        {
            return $"the run {File.ReadAllText(run)}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another run";
        }
    }
}
