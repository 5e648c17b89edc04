using Blackstart.Core.Estates;

namespace Blackstart.Core.Planning;

/// <summary>Builds the plan of a drill: steady state → undo → fault → detection → recovery → verification → cleanup.</summary>
public sealed class DrillPlanner(RecoveryPlanner recovery)
{
    /// <summary>How long a check may take to turn red after the fault.</summary>
    public static readonly TimeSpan DetectionTimeout = TimeSpan.FromSeconds(20);

    /// <summary>The plan of <c>blackstart drill run NAME</c>.</summary>
    public Plan Build(Drill drill, Estate estate, EstateEnvironment environment)
    {
        var checks = recovery.Checks(estate, environment).ToList();
        var own = drill.Build(estate, environment);
        var proofs = recovery.Proofs(estate, environment).ToList();
        List<Step> steady =
        [
            .. checks.Select(c => Look("steady", c.Component, c.Probe, Stage.SteadyState)),
            .. proofs.Select(p => Look("steady", p.Component, p.Probe, Stage.SteadyState) with { Timeout = RecoveryPlanner.VerificationTimeout, AsksOnce = true }),
        ];
        var undo = own.Undo with { Stage = Stage.Undo, DependsOn = Ids(steady), IsMoment = true };
        var fault = Chain(own.Fault.Select(s => s with { Stage = Stage.Fault, IsMoment = true }), undo.Id).ToList();
        var detection = checks.Concat(proofs).Select(c => Look("detect", c.Component, c.Probe.Red(), Stage.Detection) with
        {
            DependsOn = [recovery.ReturnsByItself(c.Component, estate, environment) ? fault[0].Id : fault[^1].Id],
            Timeout = DetectionTimeout,
        }).ToList();
        HoldForEarlyChecks(fault, detection);
        var remedy = (own.InsteadOfRecovery ?? recovery.RecoverySteps(estate, environment))
            .Select(s => s with { After = [.. s.After, .. Ids(detection)], DependsOn = [.. s.DependsOn, fault[^1].Id] })
            .ToList();
        var verification = recovery.VerificationSteps(estate, environment, remedy);
        if (own.InsteadOfRecovery is not null)
        {
            // What the wrong way cost is asked however it went, and never again: cleanup mends it.
            verification = [.. verification.Select(s => s with { DependsOn = [fault[^1].Id], After = s.DependsOn, IsMoment = true, Timeout = s.AsksOnce ? s.Timeout : DetectionTimeout })];
        }

        var cleanup = own.Cleanup.Select(s => s with { Stage = Stage.Cleanup, DependsOn = [.. s.DependsOn, fault[^1].Id], After = [.. s.After, .. Ids(verification)] });
        return new Plan(drill.Name, Purpose.Drill, environment.Name, [.. steady, undo, .. fault, .. detection, .. remedy, .. verification, .. cleanup]);
    }

    /// <summary>
    /// What comes back by itself is asked while it is down, right after the first part of the fault; the next part, which brings
    /// the machines back, waits for that.
    /// </summary>
    private static void HoldForEarlyChecks(List<Step> fault, List<Step> detection)
    {
        if (fault.Count > 1)
        {
            fault[1] = fault[1] with { After = Ids(detection.Where(d => d.DependsOn.Contains(fault[0].Id, StringComparer.Ordinal))) };
        }
    }

    private static Step Look(string prefix, Component component, Probe check, Stage stage) =>
        new($"{prefix}/{component.Name}/{check.Id}", check.Question, check)
        {
            Component = component.Name,
            Stage = stage,
            IsMoment = true,
            Timeout = TimeSpan.FromSeconds(30),
        };

    private static IEnumerable<Step> Chain(IEnumerable<Step> steps, string first)
    {
        foreach (var step in steps)
        {
            yield return step with { DependsOn = [first] };
            first = step.Id;
        }
    }

    private static List<string> Ids(IEnumerable<Step> steps) => [.. steps.Select(s => s.Id)];
}
