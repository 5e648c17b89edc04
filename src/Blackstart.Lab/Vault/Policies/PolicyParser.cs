using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Policies;

/// <summary>
/// Reads a policy: <c>path "…" { capabilities = […] }</c>, or the same as JSON. What would narrow a rule and is not
/// supported here (parameter constraints, control groups) is an error, so that no policy allows more than it says.
/// </summary>
internal sealed class PolicyParser
{
    private static readonly HashSet<string> Capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo", "deny", "subscribe", "recover"];

    private readonly string _text;
    private int _position;

    private PolicyParser(string text)
    {
        _text = text;
    }

    /// <summary>The rules, in the order they stand in.</summary>
    /// <exception cref="VaultFault">400: it is not a policy.</exception>
    public static IReadOnlyList<PolicyRule> Parse(string text) =>
        text.AsSpan().TrimStart().StartsWith("{") ? ParseJson(text) : new PolicyParser(text).ParseRules();

    private static List<PolicyRule> ParseJson(string text)
    {
        JsonObject? root;
        try
        {
            root = JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException error)
        {
            throw Fault(error.Message);
        }

        var rules = new List<PolicyRule>();
        foreach (var (key, value) in root ?? [])
        {
            if (key is "name")
            {
                continue;
            }

            if (key is not "path" || value is not JsonObject paths)
            {
                throw Fault($"invalid key \"{key}\"");
            }

            foreach (var (pattern, body) in paths)
            {
                var rule = new Dictionary<string, object>(StringComparer.Ordinal);
                foreach (var (name, setting) in body as JsonObject ?? [])
                {
                    rule[name] = setting is JsonArray array ? array.Select(item => item?.ToString() ?? string.Empty).ToList() : setting?.ToString() ?? string.Empty;
                }

                rules.Add(Rule(pattern, rule));
            }
        }

        return rules;
    }

    private List<PolicyRule> ParseRules()
    {
        var rules = new List<PolicyRule>();
        while (Skip())
        {
            var key = Word();
            if (key == "name")
            {
                Expect('=');
                Text();
                continue;
            }

            if (key != "path")
            {
                // What is read up to here may be the head of an object that never ends: HCL names the missing brace first.
                while (Skip() && _text[_position] is not '{')
                {
                    _position++;
                }

                _position++;
                throw Skip() ? Fault($"invalid key \"{key}\" on line {Line()}") : Missing();
            }

            Skip();
            var pattern = Text();
            Expect('{');
            rules.Add(Rule(pattern, Body()));
        }

        return rules;
    }

    private Dictionary<string, object> Body()
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal);
        while (true)
        {
            if (!Skip())
            {
                throw Missing();
            }

            if (_text[_position] == '}')
            {
                _position++;
                return body;
            }

            var key = Word();
            if (Skip() && _text[_position] == '{')
            {
                _position++;
                Body();
                body[key] = string.Empty;
                continue;
            }

            Expect('=');
            Skip();
            body[key] = _position < _text.Length && _text[_position] == '[' ? Items() : Text();
        }
    }

    private List<string> Items()
    {
        var items = new List<string>();
        _position++;
        while (true)
        {
            if (!Skip())
            {
                throw Fault(Place() + ": error parsing list, expected RBRACK got: EOF");
            }

            switch (_text[_position])
            {
                case ']':
                    _position++;
                    return items;
                case ',':
                    _position++;
                    break;
                default:
                    items.Add(Text());
                    break;
            }
        }
    }

    private static PolicyRule Rule(string pattern, Dictionary<string, object> body)
    {
        pattern = pattern.TrimStart('/');
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        if (pattern.Contains("+*", StringComparison.Ordinal))
        {
            throw Fault($"path \"{pattern}\": invalid use of wildcards ('+*' is forbidden)");
        }

        if (star >= 0 && star != pattern.Length - 1)
        {
            throw Fault($"path \"{pattern}\": a glob is supported at the end of a path only");
        }

        var capabilities = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in body)
        {
            switch (key)
            {
                case "capabilities" when value is List<string> items:
                    foreach (var item in items)
                    {
                        capabilities.Add(Capabilities.Contains(item) ? item : throw Fault($"path \"{pattern}\": invalid capability \"{item}\""));
                    }

                    break;
                case "policy" when value is string old:
                    capabilities.UnionWith(old switch
                    {
                        "deny" => ["deny"],
                        "read" => ["read", "list"],
                        "write" => ["create", "read", "update", "delete", "list"],
                        "sudo" => ["create", "read", "update", "delete", "list", "sudo"],
                        _ => throw Fault($"path \"{pattern}\": invalid policy \"{old}\""),
                    });
                    break;
                default:
                    throw Fault($"path \"{pattern}\": invalid or unsupported key \"{key}\"");
            }
        }

        return new PolicyRule(pattern, capabilities);
    }

    private string Word()
    {
        if (_text[_position] == '"')
        {
            return Text();
        }

        var start = _position;
        while (_position < _text.Length && (char.IsLetterOrDigit(_text[_position]) || _text[_position] is '_' or '-' or '.'))
        {
            _position++;
        }

        return _position > start ? _text[start.._position] : throw Fault($"{Place()}: illegal character");
    }

    private string Text()
    {
        if (_position >= _text.Length || _text[_position] != '"')
        {
            throw Fault($"{Place()}: expected a string");
        }

        var result = new StringBuilder();
        for (_position++; _position < _text.Length; _position++)
        {
            switch (_text[_position])
            {
                case '"':
                    _position++;
                    return result.ToString();
                case '\\' when _position + 1 < _text.Length:
                    result.Append(_text[++_position]);
                    break;
                case '\n':
                    throw Fault($"{Place()}: literal not terminated");
                default:
                    result.Append(_text[_position]);
                    break;
            }
        }

        throw Fault($"{Place()}: literal not terminated");
    }

    private void Expect(char wanted)
    {
        if (!Skip() || _text[_position] != wanted)
        {
            throw Fault($"{Place()}: expected '{wanted}'");
        }

        _position++;
    }

    /// <summary>Skips what carries nothing; false at the end.</summary>
    private bool Skip()
    {
        while (_position < _text.Length)
        {
            var rest = _text.AsSpan(_position);
            if (char.IsWhiteSpace(rest[0]))
            {
                _position++;
            }
            else if (rest[0] == '#' || rest.StartsWith("//"))
            {
                var end = rest.IndexOf('\n');
                _position += end < 0 ? rest.Length : end;
            }
            else if (rest.StartsWith("/*"))
            {
                var end = rest.IndexOf("*/");
                _position += end < 0 ? rest.Length : end + 2;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private int Line() => 1 + _text.AsSpan(0, Math.Min(_position, _text.Length)).Count('\n');

    private string Place()
    {
        var position = Math.Min(_position, _text.Length);
        var column = position - (_text.LastIndexOf('\n', Math.Max(position - 1, 0)) + 1) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"At {Line()}:{column}");
    }

    private VaultFault Missing()
    {
        // HCL's scanner stands one behind the end of the text when it reports it.
        _position = _text.Length;
        var column = _text.Length - (_text.LastIndexOf('\n') + 1) + 2;
        return Fault(string.Create(CultureInfo.InvariantCulture, $"At {Line()}:{column}: object expected closing RBRACE got: EOF"));
    }

    private static VaultFault Fault(string cause) => new(400, $"failed to parse policy: {cause}");
}
