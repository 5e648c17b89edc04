using System.Text.Json;

namespace Blackstart.Core.Planning;

/// <summary>The spelling of enumerated words in JSON, on the terminal and in the docs: lower case, words joined by <c>-</c>.</summary>
public static class Words
{
    /// <summary><c>SteadyState</c> → <c>steady-state</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
