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
            throw new BlackstartException(failure.Code, ExitCode.CouldNotVerify, attempted, Rendering.Plain.Text(failure.Reason), failure.Remedy);
        }
    }
}
