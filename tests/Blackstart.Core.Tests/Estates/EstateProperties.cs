using System.Globalization;
using System.Net;
using System.Text.Json;
using Blackstart.Core.Estates;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Core.Tests.Estates;

public sealed class EstateProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    private static readonly Gen<string> Word =
        Gen.Elements("pi-lab", "a", "erp", "x9", "vault-1", "no", "null", "123", "1e3", "true", "longhorn-system", "0x1f", "on");

    private static readonly Gen<string> Text = Gen.OneOf(
        Word,
        Gen.Elements("ümläut", "a: b", "# no comment", "- x", "it's", "\"quoted\"", "&a", "*a", "!t", "{x}", "two\nlines", "tab\there", "日本", "~", "|", "%"));

    private static readonly Gen<string> FilePath =
        Gen.Elements("/srv/x", "/srv/with space/ü", "/a", "/srv/a:b", "/srv/#1");

    private static readonly Gen<Objectives> Objective =
        from rto in Gen.Choose(0, int.MaxValue)
        from rpo in Gen.Choose(0, 100_000)
        select new Objectives(TimeSpan.FromMilliseconds(rto), TimeSpan.FromSeconds(rpo));

    [Fact]
    public void What_is_written_is_read_back() => Prop.ForAll(Estates().ToArbitrary(), estate =>
    {
        var yaml = EstateYaml.Write(estate);
        var result = EstateLoader.Parse(yaml, "/srv/estate/blackstart.yaml", SampleTypes.All);
        result.Errors.ShouldBeEmpty(yaml);
        Show(result.Require()).ShouldBe(Show(estate), yaml);
    }).Check(Quick);

    [Fact]
    public void Whatever_is_done_to_a_file_nothing_is_thrown() => Prop.ForAll(Mutations().ToArbitrary(), text =>
    {
        var result = EstateLoader.Parse(text, "/srv/estate/blackstart.yaml", SampleTypes.All);
        return result.Estate is null == result.Errors.Count > 0;
    }).Check(Quick.WithMaxTest(2000));

    [Fact]
    public void Durations_are_read_back() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).Select(i => TimeSpan.FromMilliseconds(i)).ToArbitrary(),
        value => DurationText.TryParse(DurationText.Format(value), out var read) && read == value).Check(Quick);

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("5m5m")]
    [InlineData("5s5m")]
    [InlineData("5 m")]
    [InlineData("1.5h")]
    [InlineData("5M")]
    [InlineData("9999999999s")]
    [InlineData("५m")]
    public void These_are_no_durations(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    private static string Show(Estate estate) => JsonSerializer.Serialize(new
    {
        estate.Name,
        estate.SourcePath,
        Environments = estate.Environments.Select(e => new
        {
            e.Name,
            e.Role,
            Networks = e.Networks.Select(n => n.ToString()),
            e.IdentitiesPath,
            e.Kubernetes,
            e.Vault,
            e.Postgres,
            e.Git,
            e.Nodes,
            e.Start,
        }),
        Components = estate.Components.Select(c => new
        {
            c.Name,
            c.Type,
            c.Layer,
            c.DependsOn,
            Settings = c.Settings.Keys.Order(StringComparer.Ordinal).Select(k => (object)new { k, v = c.Settings.List(k) }),
            c.Objectives,
        }),
        estate.Objectives,
    });

    private static Gen<Estate> Estates() =>
        from name in Word
        from production in Gen.Choose(0, 2)
        from environments in Gen.CollectToList([0, 1, 2], i => Environment(i, i == production))
        from count in Gen.Choose(1, 8)
        from components in Gen.CollectToList(Enumerable.Range(0, count), Component)
        from started in Gen.Choose(0, count - 1)
        from command in Text.NonEmptyListOf()
        from objectives in Objective
        select new Estate(
            name,
            "/srv/estate/blackstart.yaml",
            [.. environments.Select(e => e with { Start = new Dictionary<string, IReadOnlyList<string>> { [$"c{started}"] = [.. command] } })],
            [.. components],
            objectives);

    private static Gen<EstateEnvironment> Environment(int index, bool production) =>
        from network in Gen.Elements("192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "127.0.0.1/32")
        from path in FilePath.OrNull()
        from context in Text
        from kubernetes in Gen.Elements(true, false)
        from address in Gen.Elements("http://127.0.0.1:8200", "https://vault.example", "https://[::1]:1")
        from git in Gen.Elements("git://127.0.0.1:9418", "ssh://git@git.example/x", "https://git.example/a/b")
        from port in Gen.Choose(1, 65535)
        select new EstateEnvironment(
            $"e{index}",
            production ? EnvironmentRole.Production : EnvironmentRole.Sandbox,
            [IPNetwork.Parse(network)],
            path,
            kubernetes ? new KubernetesEndpoint("/k", context) : null,
            new VaultEndpoint(new Uri(address), path),
            new PostgresEndpoint(context, port, context, context, path),
            kubernetes ? null : new GitEndpoint(new Uri(git)),
            [new EstateNode("pi1", path is null ? [] : [path, path + "2"], null), new EstateNode("pi2.local", [], path)],
            new Dictionary<string, IReadOnlyList<string>>());

    private static Gen<Component> Component(int index) =>
        from type in Gen.Elements("kubernetes", "postgres", "longhorn", "workload")
        from layer in Gen.Elements(Enum.GetValues<Layer>())
        from before in index == 0 ? Gen.Constant(Array.Empty<int>()) : Gen.SubListOf(Enumerable.Range(0, index)).Select(l => l.ToArray())
        from replicas in Gen.Choose(0, int.MaxValue)
        from volumes in Text.ListOf()
        from settle in Gen.Choose(0, 1_000_000)
        from path in FilePath
        from text in Text
        from objectives in Objective.OrNull()
        select new Component(
            $"c{index}", type, layer, [.. before.Select(b => $"c{b}")], Settings(type, replicas, [.. volumes], settle, path, text), objectives);

    private static ComponentSettings Settings(string type, int replicas, string[] volumes, int settle, string path, string text) =>
        new(type switch
        {
            "postgres" => new Dictionary<string, IReadOnlyList<string>> { ["settle"] = [DurationText.Format(TimeSpan.FromSeconds(settle))] },
            "longhorn" => new Dictionary<string, IReadOnlyList<string>>
            {
                ["namespace"] = [text],
                ["capture"] = [path],
                ["replicas"] = [replicas.ToString(CultureInfo.InvariantCulture)],
                ["volumes"] = volumes,
            },
            "workload" => new Dictionary<string, IReadOnlyList<string>> { ["volumes"] = volumes },
            _ => new Dictionary<string, IReadOnlyList<string>>(),
        });

    private static Gen<string> Mutations() =>
        from estate in Estates()
        from edits in Edit().ListOf()
        select edits.Aggregate(EstateYaml.Write(estate), (text, edit) => edit(text));

    private static Gen<Func<string, string>> Edit() =>
        from at in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(0, 30)
        from inserted in Gen.OneOf(
            Gen.Elements(
                "\n", "\t", ":", "- ", "[", "]", "{", "}", "&a ", "*a", "!!binary ", "|", ">", "'", "\"", "---\n", "...\n", "%YAML 1.9\n", "%TAG ! x\n", "? ", ", ", "\0",
                "\\x00", "<<: ", "~", "null", "\u2028", "\ud800", "\r", "#", "\ufeff"),
            Gen.Elements("name", "dependsOn", "c0", "settings", "sandbox", "-1", "99999999999999999999", "1m1m"))
        from kind in Gen.Choose(0, 3)
        select (Func<string, string>)(text =>
        {
            var start = text.Length == 0 ? 0 : at % text.Length;
            var some = Math.Min(length, text.Length - start);
            return kind switch
            {
                0 => text.Remove(start, some),
                1 => text.Insert(start, inserted),
                2 => text.Insert(start, text.Substring(start, some)),
                _ => text.Remove(start, some).Insert(start, inserted),
            };
        });
}
