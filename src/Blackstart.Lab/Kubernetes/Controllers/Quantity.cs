using System.Globalization;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Quantities such as <c>2Gi</c> and <c>500M</c>, in bytes.</summary>
internal static class Quantity
{
    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("Ki", 1024d), ("Mi", 1048576d), ("Gi", 1073741824d), ("Ti", 1099511627776d), ("Pi", 1125899906842624d),
        ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("m", 1e-3),
    ];

    /// <summary>The number of bytes; 0 for what is no quantity.</summary>
    public static double Of(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        var unit = Units.FirstOrDefault(unit => text.EndsWith(unit.Suffix, StringComparison.Ordinal));
        var digits = unit.Suffix is null ? text : text[..^unit.Suffix.Length];
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number * (unit.Suffix is null ? 1 : unit.Factor) : 0;
    }
}
