using System.Text;

namespace Blackstart.Core.Planning;

/// <summary>A plan as lines for a person.</summary>
public static class PlanText
{
    /// <summary>One block a step, grouped by stage.</summary>
    public static string Of(Plan plan)
    {
        var text = new StringBuilder();
        text.Append(plan.Name).Append(" · environment ").Append(plan.Environment).Append(" · ").Append(plan.Steps.Count).Append(" steps\n");
        foreach (var stage in plan.Steps.GroupBy(s => s.Stage).OrderBy(g => g.Key))
        {
            text.Append('\n').Append(Words.Of(stage.Key)).Append('\n');
            foreach (var step in stage)
            {
                Append(text, step);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Step step)
    {
        text.Append("  ").Append(step.Id);
        if (step.Targets.Count > 0)
        {
            text.Append("  [").Append(Words.Of(step.Effect)).Append(" on ").Append(string.Join(", ", step.Targets)).Append(']');
        }

        text.Append("\n      ").Append(step.Title);
        if (!string.Equals(step.Title, step.Gate.Question, StringComparison.Ordinal))
        {
            text.Append("\n      gate: ").Append(step.Gate.Question);
        }

        if (step.Stage is Stage.Recovery or Stage.Cleanup && step.DependsOn.Count > 0)
        {
            text.Append("\n      after: ").Append(string.Join(", ", step.DependsOn));
        }

        if (step.ByHand is not null)
        {
            text.Append("\n      by hand: ").Append(step.ByHand);
        }

        text.Append('\n');
    }
}
