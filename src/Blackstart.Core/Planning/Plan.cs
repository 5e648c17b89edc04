using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;

namespace Blackstart.Core.Planning;

/// <summary>A directed acyclic graph of steps. It can be printed, compared and drawn; building one touches nothing.</summary>
public sealed class Plan
{
    private readonly Dictionary<string, Step> _steps;

    /// <summary>Checks that ids are unique, that every reference exists, and that nothing waits for itself.</summary>
    /// <exception cref="BlackstartException"><c>BS3001</c> with every fault found.</exception>
    public Plan(string name, Purpose purpose, string environment, IEnumerable<Step> steps, RunOptions? options = null)
    {
        Options = options ?? RunOptions.None;
        Name = name;
        Purpose = purpose;
        Environment = environment;
        var all = steps.ToList();
        _steps = all.DistinctBy(s => s.Id, StringComparer.Ordinal).ToDictionary(s => s.Id, StringComparer.Ordinal);
        var faults = PlanFaults.Find(all).ToList();
        if (faults.Count > 0)
        {
            throw new BlackstartException(
                "BS3001",
                ExitCode.InvalidInput,
                $"building the plan '{name}'",
                string.Join("; ", faults),
                "Mend the dependencies in blackstart.yaml");
        }

        Steps = StepOrder.Sort(all);
    }

    /// <summary>Such as <c>recover</c> or the drill's name.</summary>
    public string Name { get; }

    /// <summary>What it is for.</summary>
    public Purpose Purpose { get; }

    /// <summary>The environment it acts on.</summary>
    public string Environment { get; }

    /// <summary>What the operator asked for beside the estate; part of the plan, so that a resumed run goes by it too.</summary>
    public RunOptions Options { get; }

    /// <summary>The steps, each after all it waits for; otherwise in the order they were given.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>The step of that id.</summary>
    public Step this[string id] => _steps[id];

    /// <summary>SHA-256 in hex over everything a person could see of the plan: a resumed run must find the same plan again.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToJson().ToJsonString())));

    /// <summary>The plan as data: <c>{plan, purpose, environment, options?, steps[] {id, title, stage, component, kind, effect, targets[], gate, dependsOn[], after[], timeoutSeconds, byHand}}</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["plan"] = Name,
            ["purpose"] = Words.Of(Purpose),
            ["environment"] = Environment,
        };
        if (!Options.IsEmpty)
        {
            json["options"] = Options.ToJson();
        }

        json["steps"] = new JsonArray([.. Steps.Select(StepJson)]);
        return json;
    }

    private static JsonObject StepJson(Step step) => new()
    {
        ["id"] = step.Id,
        ["title"] = step.Title,
        ["stage"] = Words.Of(step.Stage),
        ["component"] = step.Component,
        ["kind"] = Words.Of(step.Kind),
        ["effect"] = Words.Of(step.Effect),
        ["targets"] = Names(step.Targets.Select(t => t.ToString())),
        ["gate"] = step.Gate.Question,
        ["dependsOn"] = Names(step.DependsOn),
        ["after"] = Names(step.After),
        ["timeoutSeconds"] = step.Timeout.TotalSeconds,
        ["byHand"] = step.ByHand,
    };

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => (JsonNode)n)]);
}
