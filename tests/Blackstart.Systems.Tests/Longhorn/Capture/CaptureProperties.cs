using System.Text.Json.Nodes;
using Blackstart.Systems.Longhorn.Capture;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Systems.Tests.Longhorn.Capture;

/// <summary>Whatever people put into labels, annotations and values, a capture gives it back, at once or behind a comment.</summary>
public sealed class CaptureProperties
{
    private static readonly string[] Awkward = ["yes", "0x1f", "1e3", "-.inf", "a: b", "# no comment", "---", "- x", "{{ x }}", "'", "\"", "\\", "é", "\u2028x", "\u0085", "\ttab", " lead", "trail ", "two\nlines\n", "  deep\nless", "\r\n", "#| ", "%x", "&a *a", "!tag", "\u0001", "\ud83d\ude00", ""];

    [Fact]
    public void Any_text_survives() => Prop.ForAll(Texts().ToArbitrary(), texts =>
    {
        var annotations = new JsonObject(texts.Distinct(StringComparer.Ordinal).Select((t, i) => KeyValuePair.Create($"k{i}.{(t.Length > 0 && char.IsAsciiLetterOrDigit(t[0]) ? t[..1] : "x")}", (JsonNode?)t)));
        var objects = new ClusterObjects(
            "one",
            [Object("Volume", annotations, new JsonObject { ["size"] = "1" }), Object("RecurringJob", annotations, new JsonObject { ["task"] = "backup", ["cron"] = texts[0] }), Object("Node", annotations, [])],
            new HashSet<string>());

        var back = CaptureText.Parse(CaptureText.Write(objects, "longhorn-system"));

        return back.Objects.Select(o => o.Body.ToJsonString()).SequenceEqual(objects.Objects.Select(o => o.Body.ToJsonString()), StringComparer.Ordinal);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static CapturedObject Object(string kind, JsonObject annotations, JsonObject spec) => new(new JsonObject
    {
        ["apiVersion"] = "longhorn.io/v1beta2",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = "x", ["namespace"] = "longhorn-system", ["annotations"] = annotations.DeepClone() },
        ["spec"] = spec,
    });

    private static Gen<string[]> Texts() => Gen.Frequency((3, Gen.Elements(Awkward)), (2, Random()), (1, Gen.Two(Gen.Elements(Awkward)).Select(t => t.Item1 + t.Item2))).NonEmptyListOf().Select(l => l.ToArray());

    private static Gen<string> Random() => ArbMap.Default.GeneratorFor<char>().Where(c => !char.IsSurrogate(c) && c is not ('\ufffe' or '\uffff')).ArrayOf().Select(c => new string(c));
}
