using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Http;

/// <summary>Reads the JSON of a request as Vault does: the first value counts, and an error names the character.</summary>
internal static class JsonBody
{
    /// <summary>The object; null when there was nothing.</summary>
    /// <exception cref="VaultFault">400: it is not a JSON object.</exception>
    public static JsonObject? Parse(byte[] body)
    {
        if (!body.AsSpan().ContainsAnyExcept(" \t\r\n"u8))
        {
            return null;
        }

        JsonNode? node;
        try
        {
            var reader = new Utf8JsonReader(body);
            node = JsonNode.Parse(ref reader);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new VaultFault(400, $"failed to parse JSON input: {Describe(body) ?? error.Message}");
        }

        try
        {
            // A key given twice is found only when the object is first used.
            _ = (node as JsonObject)?.Count;
            return node switch
            {
                null => null,
                JsonObject value => value,
                _ => throw new VaultFault(400, "failed to parse JSON input: json: cannot unmarshal a value that is not an object"),
            };
        }
        catch (ArgumentException error)
        {
            throw new VaultFault(400, $"failed to parse JSON input: {error.Message}");
        }
    }

    /// <summary>The wording of the errors that a slip of the hand leads to; null for others.</summary>
    private static string? Describe(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body).TrimStart();
        foreach (var literal in (string[])["true", "false", "null"])
        {
            if (text.Length == 0 || text[0] != literal[0])
            {
                continue;
            }

            for (var index = 1; index < literal.Length; index++)
            {
                if (index >= text.Length)
                {
                    return "unexpected EOF";
                }

                if (text[index] != literal[index])
                {
                    return $"invalid character '{text[index]}' in literal {literal} (expecting '{literal[index]}')";
                }
            }
        }

        if (text.Length > 0 && !"{[\"-0123456789tfn".Contains(text[0], StringComparison.Ordinal))
        {
            return $"invalid character '{text[0]}' looking for beginning of value";
        }

        var complete = new Utf8JsonReader(body, isFinalBlock: false, state: default);
        try
        {
            while (complete.Read())
            {
            }

            return "unexpected EOF";
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
