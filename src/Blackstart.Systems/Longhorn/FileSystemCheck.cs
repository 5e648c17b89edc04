using Blackstart.Core.Errors;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Longhorn;

/// <summary>Holds a copy of a volume's file system against e2fsck(8).</summary>
internal sealed class FileSystemCheck(ICommandLine commandLine)
{
    // e2fsck(8): 1 errors corrected, 2 corrected and reboot wanted; anything above is an error left.
    private const int Corrected = 1;

    /// <summary>Replays the journal of the copy, as a mount would, and demands that nothing is wrong with it then.</summary>
    /// <param name="image">A copy, which is changed.</param>
    /// <param name="volume">For the message.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="BlackstartException"><c>BS4605</c>: the file system is damaged.</exception>
    public async Task CheckAsync(string image, string volume, CancellationToken cancellationToken)
    {
        var replay = await commandLine.TryRunAsync(new Command("e2fsck", "-fy", "-E", "journal_only", image) { Timeout = TimeSpan.FromMinutes(10) }, cancellationToken);
        var check = replay.ExitCode <= Corrected
            ? await commandLine.TryRunAsync(new Command("e2fsck", "-fn", image) { Timeout = TimeSpan.FromMinutes(30) }, cancellationToken)
            : replay;
        if (check.ExitCode != 0)
        {
            throw new BlackstartException(
                "BS4605",
                ExitCode.Negative,
                $"checking the file system of volume {volume}",
                $"e2fsck ended with exit code {check.ExitCode}: {check.LastWords}",
                "Keep the orphaned replica as it is, and try another one");
        }
    }
}
