using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Selectors;

/// <summary>A label selector, from a query or from an object's spec.selector.</summary>
internal sealed class LabelSelector(IReadOnlyList<Requirement> requirements)
{
    private const string Special = ",()=!<>";

    public bool IsEmpty => requirements.Count == 0;

    /// <summary>Reads the query form: <c>a=b,c in (d,e),!f</c>.</summary>
    /// <exception cref="ApiException">It is not a selector.</exception>
    public static LabelSelector Parse(string? text)
    {
        var found = new List<Requirement>();
        var tokens = Tokens(text ?? string.Empty);
        var at = 0;
        string Next() => at < tokens.Count ? tokens[at] : string.Empty;
        while (at < tokens.Count)
        {
            var negated = Next() == "!";
            if (negated)
            {
                at++;
            }

            var key = Next();
            if (!IsWord(key))
            {
                throw Refusal.BadRequest($"found '{key}', expected: {(at > 0 && tokens[at - 1] == "," ? "identifier after ','" : "!, identifier, or 'end of string'")}");
            }

            at++;
            if (negated)
            {
                found.Add(new Requirement(key, "!", []));
            }
            else
            {
                var verb = Next();
                switch (verb)
                {
                    case "" or ",":
                        found.Add(new Requirement(key, "exists", []));
                        break;
                    case "=" or "==" or "!=" or ">" or "<":
                        at++;
                        var value = IsWord(Next()) ? Next() : string.Empty;
                        at += value.Length > 0 ? 1 : 0;
                        found.Add(new Requirement(key, verb == "==" ? "=" : verb, [value]));
                        break;
                    case "in" or "notin":
                        at++;
                        found.Add(new Requirement(key, verb, Set(tokens, ref at)));
                        break;
                    default:
                        throw Refusal.BadRequest($"found '{verb}', expected: in, notin, =, ==, !=, gt, lt");
                }
            }

            if (at >= tokens.Count)
            {
                break;
            }

            if (Next() != ",")
            {
                throw Refusal.BadRequest($"found '{Next()}', expected: ',' or 'end of string'");
            }

            at++;
            if (at >= tokens.Count)
            {
                throw Refusal.BadRequest("found '', expected: identifier after ','");
            }
        }

        return new LabelSelector(found);
    }

    /// <summary>Reads the object form: matchLabels and matchExpressions.</summary>
    public static LabelSelector Of(JsonObject? selector)
    {
        var found = new List<Requirement>();
        foreach (var (key, value) in selector.Map("matchLabels") ?? [])
        {
            found.Add(new Requirement(key, "=", [value?.GetValue<string>() ?? string.Empty]));
        }

        foreach (var expression in selector.List("matchExpressions").Maps())
        {
            var verb = expression.Text("operator") switch { "In" => "in", "NotIn" => "notin", "Exists" => "exists", _ => "!" };
            found.Add(new Requirement(expression.Text("key") ?? string.Empty, verb, [.. expression.List("values").Texts()]));
        }

        return new LabelSelector(found);
    }

    public bool Matches(JsonObject? labels)
    {
        foreach (var requirement in requirements)
        {
            if (!Holds(requirement, labels.Text(requirement.Key)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The query form.</summary>
    public override string ToString() => string.Join(',', requirements.Select(requirement => requirement.Operator switch
    {
        "exists" => requirement.Key,
        "!" => "!" + requirement.Key,
        "in" or "notin" => $"{requirement.Key} {requirement.Operator} ({string.Join(',', requirement.Values)})",
        _ => requirement.Key + requirement.Operator + requirement.Values[0],
    }));

    private static bool Holds(Requirement requirement, string? actual) => requirement.Operator switch
    {
        "=" => actual == requirement.Values[0],
        "!=" => actual != requirement.Values[0],
        "in" => actual is not null && requirement.Values.Contains(actual),
        "notin" => actual is null || !requirement.Values.Contains(actual),
        "exists" => actual is not null,
        "!" => actual is null,
        _ => long.TryParse(actual, NumberStyles.Integer, CultureInfo.InvariantCulture, out var left)
            && long.TryParse(requirement.Values[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var right)
            && (requirement.Operator == ">" ? left > right : left < right),
    };

    private static List<string> Set(List<string> tokens, ref int at)
    {
        var values = new List<string>();
        if (at >= tokens.Count || tokens[at] != "(")
        {
            throw Refusal.BadRequest($"found '{(at < tokens.Count ? tokens[at] : string.Empty)}', expected: '('");
        }

        at++;
        while (at < tokens.Count && tokens[at] != ")")
        {
            if (tokens[at] != ",")
            {
                values.Add(tokens[at]);
            }

            at++;
        }

        if (at >= tokens.Count)
        {
            throw Refusal.BadRequest("found '', expected: ',' or ')'");
        }

        at++;
        return values;
    }

    private static bool IsWord(string token) => token.Length > 0 && !Special.Contains(token[0], StringComparison.Ordinal);

    private static List<string> Tokens(string text)
    {
        var found = new List<string>();
        var at = 0;
        while (at < text.Length)
        {
            var letter = text[at];
            if (char.IsWhiteSpace(letter))
            {
                at++;
            }
            else if (letter is '=' or '!' && at + 1 < text.Length && text[at + 1] == '=')
            {
                found.Add(text.Substring(at, 2));
                at += 2;
            }
            else if (Special.Contains(letter, StringComparison.Ordinal))
            {
                found.Add(letter.ToString());
                at++;
            }
            else
            {
                var start = at;
                while (at < text.Length && !char.IsWhiteSpace(text[at]) && !Special.Contains(text[at], StringComparison.Ordinal))
                {
                    at++;
                }

                found.Add(text[start..at]);
            }
        }

        return found;
    }
}
