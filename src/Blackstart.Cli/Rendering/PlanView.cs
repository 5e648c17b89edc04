using Blackstart.Core.Planning;

namespace Blackstart.Cli.Rendering;

/// <summary>A plan in one of the formats of <c>--plan</c>.</summary>
internal static class PlanView
{
    public static string Of(Plan plan, string format) => format switch
    {
        "json" => plan.ToJson().ToJsonString(RunView.Json) + "\n",
        "mermaid" => PlanMermaid.Of(plan),
        _ => PlanText.Of(plan),
    };
}
