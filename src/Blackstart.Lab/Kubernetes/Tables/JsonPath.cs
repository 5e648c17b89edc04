using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Tables;

/// <summary>The JSONPath of printer columns: members, indices, <c>[*]</c> and <c>[?(@.a=="b")]</c>.</summary>
internal static class JsonPath
{
    public static IReadOnlyList<JsonNode> Find(JsonObject root, string path)
    {
        List<JsonNode> found = [root];
        var at = 0;
        while (at < path.Length && found.Count > 0)
        {
            if (path[at] == '[')
            {
                var end = path.IndexOf(']', at);
                if (end < 0)
                {
                    return [];
                }

                found = Bracket(found, path[(at + 1)..end]);
                at = end + 1;
            }
            else
            {
                at += path[at] == '.' ? 1 : 0;
                var name = new System.Text.StringBuilder();
                while (at < path.Length && path[at] is not ('.' or '['))
                {
                    if (path[at] == '\\' && at + 1 < path.Length)
                    {
                        at++;
                    }

                    name.Append(path[at++]);
                }

                if (name.Length > 0)
                {
                    found = Member(found, name.ToString());
                }
            }
        }

        return found;
    }

    private static List<JsonNode> Member(List<JsonNode> nodes, string name) => [.. nodes.Select(node => node.At(name)).OfType<JsonNode>()];

    private static List<JsonNode> Bracket(List<JsonNode> nodes, string text)
    {
        if (text == "*")
        {
            return [.. nodes.SelectMany(node => node switch
            {
                JsonArray list => list.OfType<JsonNode>(),
                JsonObject map => map.Select(member => member.Value).OfType<JsonNode>(),
                _ => [],
            })];
        }

        if (text.StartsWith("?(", StringComparison.Ordinal))
        {
            return Filter(nodes, text[2..].TrimEnd(')'));
        }

        if (text is ['\'' or '"', ..])
        {
            return Member(nodes, text[1..^1]);
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)
            ? [.. nodes.OfType<JsonArray>().Where(list => (index < 0 ? index + list.Count : index) is var place && place >= 0 && place < list.Count).Select(list => list[index < 0 ? index + list.Count : index]).OfType<JsonNode>()]
            : [];
    }

    private static List<JsonNode> Filter(List<JsonNode> nodes, string condition)
    {
        var parts = condition.Split("==", 2);
        if (parts.Length != 2)
        {
            return [];
        }

        var path = parts[0].Trim().TrimStart('@');
        var expected = parts[1].Trim().Trim('"', '\'');
        return [.. nodes.OfType<JsonArray>().SelectMany(list => list.Maps()).Where(item => Find(item, path).Any(value => Text(value) == expected))];
    }

    private static string Text(JsonNode node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node.ToJsonString();
}
