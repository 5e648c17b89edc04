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
}
