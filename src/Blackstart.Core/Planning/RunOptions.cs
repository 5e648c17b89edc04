using System.Text.Json.Nodes;

namespace Blackstart.Core.Planning;

/// <summary>What an operator asks of one run beside what the estate says, such as how nodes are reached: written into the plan and so into the journal.</summary>
/// <param name="values">Name of the option → its values, in the order given.</param>
public sealed class RunOptions(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
{
    /// <summary>Nothing asked.</summary>
    public static RunOptions None { get; } = new(new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));

    /// <summary>Whether nothing was asked.</summary>
    public bool IsEmpty => values.All(v => v.Value.Count == 0);

    /// <summary>The values of one option; empty when it was not given.</summary>
    public IReadOnlyList<string> Of(string name) => values.GetValueOrDefault(name) ?? [];

    /// <summary><c>{name: [value, …]}</c>; <see cref="Read"/> takes it back.</summary>
    public JsonObject ToJson() =>
        new(values.Where(v => v.Value.Count > 0).OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => KeyValuePair.Create(v.Key, (JsonNode?)new JsonArray([.. v.Value.Select(t => (JsonNode)t)]))));

    /// <summary>Reads what <see cref="ToJson"/> wrote; null reads as nothing asked.</summary>
    public static RunOptions Read(JsonNode? json) => json is null
        ? None
        : new RunOptions(json.AsObject().ToDictionary(
            p => p.Key,
            p => (IReadOnlyList<string>)[.. p.Value!.AsArray().Select(v => v!.GetValue<string>())],
            StringComparer.Ordinal));
}
