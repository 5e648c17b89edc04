using System.Globalization;

namespace Blackstart.Lab.Longhorn;

/// <summary>A setting of Longhorn's: its default, and what it may be set to.</summary>
/// <param name="Default">Its value after an installation.</param>
/// <param name="Expected">What a value has to be, for the refusal of another one.</param>
/// <param name="Allows">Whether it may be set to a value.</param>
internal sealed record SettingDefinition(string Default, string Expected, Func<string, bool> Allows)
{
    public static SettingDefinition Flag(bool value) => Choice(value ? "true" : "false", "true", "false");

    public static SettingDefinition Choice(string value, params string[] values) =>
        new(value, $"one of {string.Join(", ", values)}", text => values.Contains(text, StringComparer.Ordinal));

    public static SettingDefinition Number(int value, int least, int most = int.MaxValue) => new(
        value.ToString(CultureInfo.InvariantCulture),
        most == int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"a whole number from {least}")
            : string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most);

    /// <summary>Any of the values, with semicolons between; or nothing.</summary>
    public static SettingDefinition Set(params string[] values) => new(
        "",
        $"empty or values of {string.Join(", ", values)}, separated by semicolons",
        text => text.Length == 0 || text.Split(';').All(part => values.Contains(part.Trim(), StringComparer.Ordinal)));

    public static SettingDefinition Text(string value) => new(value, "a text that is not empty", text => text.Length > 0);
}
