using System.Globalization;

namespace Blackstart.Bench.Measuring;

/// <summary>Numbers for people.</summary>
internal static class Sizes
{
    public static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.00} GiB");

    public static string Rate(long bytes, TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20) / time.TotalSeconds:0} MiB/s");

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    public static string Milliseconds(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.000} ms");

    public static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0} %");

    public static string Ratio(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}×");
}
