using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Blackstart.Core.Estates.Yaml;

/// <summary>
/// Reads the part of YAML that a declaration needs: one document of mappings, lists and single values. Anchors, aliases and tags
/// are refused (an alias can make a small file expand without bound, a tag can name a type), and so is deep nesting.
/// </summary>
internal sealed class YamlReader(EstateProblems problems)
{
    /// <summary>Deepest nesting; the declaration itself needs 5.</summary>
    public const int DeepestNesting = 32;

    private const string SyntaxRemedy = "Look at this line and the one before: indentation, quotes, brackets and colons";

    private readonly EstateProblems _problems = problems;

    /// <summary>The document, or null when it cannot be read; the problems then say why.</summary>
    public YamlNode? Read(string text)
    {
        var scanner = new Scanner(new StringReader(text), skipComments: true);
        var parser = new Parser(scanner);
        try
        {
            parser.MoveNext();
            parser.MoveNext();
            if (parser.Current is not DocumentStart)
            {
                _problems.Add("BS1008", new Place(1, 1), "the file is empty", "Start it with 'apiVersion: blackstart/v1'");
                return null;
            }

            parser.MoveNext();
            var document = ReadNode(parser, 0);
            parser.MoveNext();
            if (document is not null && parser.Current is not StreamEnd)
            {
                _problems.Add("BS1008", PlaceOf(parser.Current), "a second document starts here", "Declare one estate in one document and remove the '---'");
            }

            return document;
        }
        catch (YamlException e)
        {
            _problems.Add("BS1005", PlaceOf(e.Start), $"this is not YAML: {Sentence(e.Message)}", SyntaxRemedy);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException)
        {
            // The scanner answers some malformed texts with exceptions that are not its own.
            _problems.Add("BS1005", PlaceOf(scanner.CurrentPosition), "this is not YAML", SyntaxRemedy);
            return null;
        }
    }

    /// <summary>The node at the parser's current event; leaves the parser on the event after it. Null when the rest cannot be read.</summary>
    private YamlNode? ReadNode(IParser parser, int depth)
    {
        var here = parser.Current;
        var place = PlaceOf(here);
        if (here is AnchorAlias)
        {
            _problems.Add("BS1006", place, "an alias stands here", "Write the value out: aliases are not read");
            parser.MoveNext();
            return new YamlRefused(place);
        }

        if (here is NodeEvent { Anchor.IsEmpty: false })
        {
            _problems.Add("BS1006", place, "an anchor stands here", "Remove the '&…': anchors are not read");
        }

        // A quoted scalar carries the non-specific tag "!" implicitly; only a written tag is refused.
        if (here is NodeEvent { Tag.IsEmpty: false })
        {
            _problems.Add("BS1006", place, "a tag stands here", "Remove the '!…': tags are not read");
        }

        if (depth > DeepestNesting)
        {
            _problems.Add("BS1007", place, $"this is nested more than {DeepestNesting} levels deep", "Flatten it: an estate needs 5 levels");
            return null;
        }

        return here switch
        {
            Scalar scalar => ReadScalar(parser, scalar, place),
            SequenceStart => ReadSequence(parser, place, depth),
            MappingStart => ReadMapping(parser, place, depth),
            _ => throw new YamlException(here?.Start ?? Mark.Empty, here?.End ?? Mark.Empty, "something unexpected stands here"),
        };
    }

    private YamlScalar ReadScalar(IParser parser, Scalar scalar, Place place)
    {
        parser.MoveNext();
        if (scalar.Value.Any(c => char.IsControl(c) && c is not '\n' and not '\t'))
        {
            _problems.Add("BS1019", place, "the value holds a control character", "Remove it");
        }

        var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
        return new YamlScalar(scalar.Value, isNull, place);
    }

    private YamlSequence? ReadSequence(IParser parser, Place place, int depth)
    {
        var items = new List<YamlNode>();
        parser.MoveNext();
        while (parser.Current is not SequenceEnd)
        {
            if (ReadNode(parser, depth + 1) is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        parser.MoveNext();
        return new YamlSequence(items, place);
    }

    private YamlMapping? ReadMapping(IParser parser, Place place, int depth)
    {
        var entries = new List<(YamlScalar Key, YamlNode Value)>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        parser.MoveNext();
        while (parser.Current is not MappingEnd)
        {
            var key = ReadNode(parser, depth + 1);
            var value = key is null ? null : ReadNode(parser, depth + 1);
            if (key is null || value is null)
            {
                return null;
            }

            if (key is not YamlScalar name)
            {
                _problems.Add("BS1010", key.Place, $"a key is a single word, but here stands {key.Kind}", "Write 'key: value'");
            }
            else if (lines.TryGetValue(name.Text, out var first))
            {
                _problems.Add("BS1009", key.Place, $"the key '{name.Text}' stands here a second time", $"Keep this one or the one in line {first}");
            }
            else
            {
                lines.Add(name.Text, name.Place.Line);
                entries.Add((name, value));
            }
        }

        parser.MoveNext();
        return new YamlMapping(entries, place);
    }

    private static Place PlaceOf(ParsingEvent? parsingEvent) => PlaceOf(parsingEvent?.Start ?? Mark.Empty);

    private static Place PlaceOf(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private static string Sentence(string message) => message.Trim().TrimEnd('.').ReplaceLineEndings(" ");
}
