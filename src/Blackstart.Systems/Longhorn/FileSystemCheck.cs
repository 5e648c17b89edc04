using Blackstart.Core.Errors;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Longhorn;

/// <summary>Holds a copy of a volume's file system against e2fsck(8).</summary>
internal sealed class FileSystemCheck(ICommandLine commandLine)
{
    // e2fsck(8): 1 errors corrected, 2 corrected and reboot wanted; anything above is an error left.
    private const int Corrected = 1;

    /// <summary>Replays the journal of the copy, as a mount would, and says what is wrong with it then; null if nothing is.</summary>
    /// <param name="image">A copy, which is changed.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async Task<string?> FindFaultAsync(string image, CancellationToken cancellationToken)
    {
        // -p replays the journal and mends what every crash leaves; -y would also mend real damage, which then goes unseen.
        var replay = await commandLine.TryRunAsync(new Command("e2fsck", "-fp", "-E", "journal_only", image) { Timeout = TimeSpan.FromMinutes(10) }, cancellationToken);
        var check = replay.ExitCode <= Corrected
            ? await commandLine.TryRunAsync(new Command("e2fsck", "-fn", image) { Timeout = TimeSpan.FromMinutes(30) }, cancellationToken)
            : replay;
        return check.ExitCode == 0 ? null : $"e2fsck ended with exit code {check.ExitCode}: {check.LastWords}";
    }

    /// <summary>Demands that nothing is wrong with a copy once its journal is replayed.</summary>
    /// <param name="image">A copy, which is changed.</param>
    /// <param name="volume">For the message.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="BlackstartException"><c>BS4605</c>: the file system is damaged.</exception>
    public async Task CheckAsync(string image, string volume, CancellationToken cancellationToken)
    {
        if (await FindFaultAsync(image, cancellationToken) is { } fault)
        {
            throw new BlackstartException(
                "BS4605",
                ExitCode.Negative,
                $"checking the file system of volume {volume}",
                fault,
                "Keep the orphaned replica as it is, and try another one");
        }
    }
}
