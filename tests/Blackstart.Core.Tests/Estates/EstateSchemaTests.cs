using System.Text.Json.Nodes;
using Blackstart.Core.Estates;

namespace Blackstart.Core.Tests.Estates;

public sealed class EstateSchemaTests
{
    private readonly JsonObject _schema = EstateSchema.ToJson(SampleTypes.All);

    [Fact]
    public void It_is_a_2020_12_schema_of_the_whole_file()
    {
        _schema["$schema"]!.GetValue<string>().ShouldBe("https://json-schema.org/draft/2020-12/schema");
        _schema["additionalProperties"]!.GetValue<bool>().ShouldBeFalse();
        _schema["required"]!.AsArray().Select(n => n!.GetValue<string>()).ShouldBe(["apiVersion", "estate", "environments", "components", "objectives"]);
        Properties(_schema["properties"]!["environments"]!["items"]!)
            .ShouldBe(["name", "role", "networks", "identities", "kubernetes", "vault", "postgres", "git", "nodes", "start"]);
        Properties(_schema["properties"]!["components"]!["items"]!).ShouldBe(["name", "type", "layer", "dependsOn", "settings", "objectives"]);
    }

    [Fact]
    public void Each_type_has_its_settings()
    {
        var rules = _schema["properties"]!["components"]!["items"]!["allOf"]!.AsArray();
        rules.Count.ShouldBe(SampleTypes.All.Count);
        var longhorn = rules.Single(r => r!["if"]!["properties"]!["type"]!["const"]!.GetValue<string>() == "longhorn")!["then"]!;
        longhorn["required"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe("settings");
        var settings = longhorn["properties"]!["settings"]!;
        Properties(settings).ShouldBe(["namespace", "capture", "replicas", "volumes"]);
        settings["properties"]!["replicas"]!["default"]!.GetValue<int>().ShouldBe(3);
        settings["properties"]!["namespace"]!["description"]!.GetValue<string>().ShouldBe("Its namespace.");
        settings["required"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe("capture");
    }

    [Fact]
    public void Every_key_says_what_it_is_for()
    {
        var described = 0;
        Walk(_schema);
        described.ShouldBeGreaterThan(40);

        void Walk(JsonNode? node)
        {
            foreach (var child in node is JsonObject o ? o.Select(p => p.Value) : node is JsonArray a ? a : [])
            {
                Walk(child);
            }

            if (node is JsonObject { } schema && schema["properties"] is JsonObject properties && schema["additionalProperties"] is not null)
            {
                foreach (var (name, property) in properties)
                {
                    property!["description"]?.GetValue<string>().ShouldNotBeNullOrWhiteSpace(name);
                    property["description"].ShouldNotBeNull(name);
                    described++;
                }
            }
        }
    }

    private static IEnumerable<string> Properties(JsonNode schema) => schema["properties"]!.AsObject().Select(p => p.Key);
}
