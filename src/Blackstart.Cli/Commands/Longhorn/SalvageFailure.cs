using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary>Failures of reading replicas, as the command line tells them.</summary>
internal static class SalvageFailure
{
    /// <summary>Runs something that reads replicas; what it cannot read is an error with code and remedy.</summary>
    public static T Told<T>(string attempted, Func<T> reading)
    {
        try
        {
            return reading();
        }
        catch (SalvageException failure)
        {
            throw Of(attempted, failure);
        }
    }

    /// <summary>The same for something that takes its time.</summary>
    public static async Task<T> ToldAsync<T>(string attempted, Func<Task<T>> reading)
    {
        try
        {
            return await reading();
        }
        catch (SalvageException failure)
        {
            throw Of(attempted, failure);
        }
    }

    private static BlackstartException Of(string attempted, SalvageException failure) =>
        new(failure.Code, ExitCode.CouldNotVerify, Plain.Text(attempted), Plain.Text(failure.Reason), failure.Remedy);
}
