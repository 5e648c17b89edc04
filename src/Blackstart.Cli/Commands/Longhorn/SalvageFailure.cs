using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary>Failures of reading replicas, as the command line tells them.</summary>
internal static class SalvageFailure
{
    /// <summary>Refusals after which nothing is known, rather than that the answer is no.</summary>
    private static readonly string[] CouldNot = [SalvageCode.DirectoryUnreadable, SalvageCode.ReadFailed, SalvageCode.WriteFailed, SalvageCode.DeviceUnreachable];

    /// <summary>The exit code of a refusal.</summary>
    public static ExitCode ExitOf(string code) => CouldNot.Contains(code, StringComparer.Ordinal) ? ExitCode.CouldNotVerify : ExitCode.Negative;

    /// <summary>Says to people that processes of other users are not seen, so that nobody takes a replica for unused that is not.</summary>
    public static void TellWhatIsNotSeen()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Console.Error.WriteLine("note: this is not run as root, so another user's process that has a replica open is not seen");
        }
    }

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
