using Blackstart.Core.Planning;

namespace Blackstart.Cli.Rendering;

/// <summary>Bytes done and the rate since a copy began, as <c>12 MiB of 64 MiB, 240 MiB/s</c>.</summary>
internal sealed class TransferRate(TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    public string Text(StepProgress progress)
    {
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0 ? $", {Human.Bytes(progress.Done / seconds)}/s" : "";
        return $"{Human.Bytes(progress.Done)} of {Human.Bytes(progress.Total)}{rate}";
    }
}
