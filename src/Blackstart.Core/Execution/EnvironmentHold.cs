using System.Text;
using Blackstart.Core.Errors;

namespace Blackstart.Core.Execution;

/// <summary>
/// One run at a time in an environment: two would take back what the other does. An advisory lock, <c>.ENVIRONMENT.lock</c> in the
/// folder of runs, that holds the name of the run and that the kernel lets go of when its holder dies.
/// </summary>
public sealed class EnvironmentHold : IDisposable
{
    private readonly FileStream _file;

    private EnvironmentHold(FileStream file) => _file = file;

    /// <summary>Writes down which run has the environment.</summary>
    public void For(string run)
    {
        _file.SetLength(0);
        _file.Write(Encoding.UTF8.GetBytes(run));
        _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    internal static EnvironmentHold Take(string folder, string environment)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $".{environment}.lock");
        try
        {
            return new EnvironmentHold(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new BlackstartException(
                "BS3011",
                ExitCode.CouldNotVerify,
                $"taking the environment {environment} for a run",
                $"{Holder(path)} is under way there",
                "Wait until it has ended, or stop it, then try again",
                e);
        }
    }

    private static string Holder(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return reader.ReadToEnd() is { Length: > 0 } run ? $"the run {run}" : "another run";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another run";
        }
    }
}
