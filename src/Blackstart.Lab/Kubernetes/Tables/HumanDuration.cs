using System.Globalization;

namespace Blackstart.Lab.Kubernetes.Tables;

/// <summary>Ages as kubectl shows them: two units while they are small, one when they are not.</summary>
internal static class HumanDuration
{
    public static string Of(TimeSpan time)
    {
        var seconds = (long)time.TotalSeconds;
        if (seconds < -1)
        {
            return "<invalid>";
        }

        seconds = Math.Max(0, seconds);
        var (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
        return seconds switch
        {
            < 120 => Text(seconds, 's'),
            _ when minutes < 10 => Two(minutes, 'm', seconds % 60, 's'),
            _ when minutes < 180 => Text(minutes, 'm'),
            _ when hours < 8 => Two(hours, 'h', minutes % 60, 'm'),
            _ when hours < 48 => Text(hours, 'h'),
            _ when hours < 192 => Two(days, 'd', hours % 24, 'h'),
            _ when days < 730 => Text(days, 'd'),
            _ => Text(days / 365, 'y'),
        };
    }

    private static string Text(long number, char unit) => string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");

    private static string Two(long first, char firstUnit, long second, char secondUnit) =>
        second == 0 ? Text(first, firstUnit) : Text(first, firstUnit) + Text(second, secondUnit);
}
