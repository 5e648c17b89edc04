using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault;

/// <summary>What an engine answers, before it becomes HTTP.</summary>
internal sealed class VaultResponse
{
    /// <summary>The <c>data</c>; null where the answer has none.</summary>
    public JsonObject? Data { get; init; }

    /// <summary>The <c>auth</c> of a login, a new or a renewed token.</summary>
    public JsonObject? Auth { get; init; }

    public string LeaseId { get; init; } = string.Empty;

    /// <summary>Seconds.</summary>
    public long LeaseDuration { get; init; }

    public bool Renewable { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Some paths under <c>sys/</c> repeat their data beside <c>data</c>, for clients of old.</summary>
    public bool RepeatsData { get; init; }

    public static VaultResponse Of(JsonObject data) => new() { Data = data };

    /// <summary>A list; without keys Vault answers that there is nothing.</summary>
    public static VaultResponse? Keys(IEnumerable<string> keys)
    {
        var array = VaultJson.Array(keys);
        return array.Count == 0 ? null : Of(new JsonObject { ["keys"] = array });
    }
}
