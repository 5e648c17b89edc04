using Blackstart.Core.Planning;
using Blackstart.Longhorn.Export;

namespace Blackstart.Cli.Rendering;

/// <summary>One line on a terminal that says how far a copy has come.</summary>
internal sealed class CopyLine(TimeProvider time) : IProgress<CopyProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly TransferRate _rate = new(time);
    private readonly Lock _lock = new();
    private long? _last;

    public void Report(CopyProgress value)
    {
        lock (_lock)
        {
            if (_last is { } last && time.GetElapsedTime(last) < Pause && value.Bytes < value.Total)
            {
                return;
            }

            _last = time.GetTimestamp();
            Console.Error.Write($"\r{_rate.Text(new StepProgress(value.Bytes, value.Total)),-60}");
        }
    }

    public static void End() => Console.Error.WriteLine();
}
