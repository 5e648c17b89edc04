using System.Globalization;
using System.Text;

namespace Blackstart.Core.Planning;

/// <summary>A plan as a Mermaid flowchart (mermaid.js.org), for runbooks and web pages.</summary>
public static class PlanMermaid
{
    /// <summary>One subgraph a stage, one node a step, one arrow a dependency; dotted where the step only waits for the other's end.</summary>
    public static string Of(Plan plan)
    {
        var names = plan.Steps.Select((s, i) => (s.Id, Name: string.Create(CultureInfo.InvariantCulture, $"s{i}"))).ToDictionary(p => p.Id, p => p.Name, StringComparer.Ordinal);
        var text = new StringBuilder("flowchart TD\n");
        foreach (var stage in plan.Steps.GroupBy(s => s.Stage).OrderBy(g => g.Key))
        {
            text.Append("  subgraph ").Append(Words.Of(stage.Key)).Append('\n');
            foreach (var step in stage)
            {
                text.Append("    ").Append(names[step.Id]).Append("[\"").Append(step.Id.Replace("\"", "#quot;", StringComparison.Ordinal)).Append("\"]\n");
            }

            text.Append("  end\n");
        }

        foreach (var step in plan.Steps)
        {
            foreach (var on in step.DependsOn)
            {
                text.Append("  ").Append(names[on]).Append(" --> ").Append(names[step.Id]).Append('\n');
            }

            foreach (var on in step.After.Except(step.DependsOn, StringComparer.Ordinal))
            {
                text.Append("  ").Append(names[on]).Append(" -.-> ").Append(names[step.Id]).Append('\n');
            }
        }

        return text.ToString();
    }
}
