namespace Blackstart.Lab.Hosting;

/// <summary>Keeps commands that change the lab's processes apart. The kernel lets go of it when its holder dies.</summary>
internal sealed class LabLock : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private readonly FileStream _file;

    private LabLock(FileStream file) => _file = file;

    /// <summary>Takes it, waiting for another command to end.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6005</c>: the other one still holds it after <paramref name="patience"/>.</exception>
    public static async Task<LabLock> TakeAsync(LabLayout layout, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Root);
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new LabLock(new FileStream(layout.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (time.GetElapsedTime(started) < patience)
            {
                await Task.Delay(Poll, time, cancellationToken);
            }
            catch (IOException)
            {
                throw LabErrors.Busy(layout.LockFile);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
