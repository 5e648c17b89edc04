using System.Globalization;
using Blackstart.Longhorn.Export;

namespace Blackstart.Cli.Rendering;

/// <summary>How far a copy has come, for programs: a line of JSON on standard error, at most four a second, and the last one always.</summary>
internal sealed class CopyJson(TimeProvider time, TextWriter output) : IProgress<CopyProgress>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
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
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"done":{{value.Bytes}},"size":{{value.Total}},"data":{{value.DataBytes}}}"""));
        }
    }
}
