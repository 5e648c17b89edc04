using Blackstart.Core.Errors;

namespace Blackstart.Core.Evidence;

/// <summary>One sealing at a time in a folder: an advisory lock that the kernel lets go of when its holder dies.</summary>
internal static class EvidenceLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<FileStream> TakeAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, EvidenceFolder.LockName);
        for (var started = time.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
            {
                if (time.GetElapsedTime(started) > Patience)
                {
                    throw new BlackstartException(
                        "BS3101",
                        ExitCode.CouldNotVerify,
                        $"sealing evidence in {folder}",
                        $"another process has held {EvidenceFolder.LockName} for {Patience.TotalSeconds:0} s",
                        "Let it finish, then run 'blackstart resume' for this run",
                        e);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }
}
