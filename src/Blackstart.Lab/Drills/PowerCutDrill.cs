using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;

namespace Blackstart.Lab.Drills;

/// <summary>The power cut of April, and the recovery in the order that works.</summary>
internal static class PowerCutDrill
{
    public static Drill Create(LabOutage outage, EnvironmentCatalog catalog) => new(
        "power-cut",
        "Every process is killed while the ERP writes, and Longhorn forgets its replicas; the estate is brought back from the orphaned ones.",
        (_, environment) => new DrillSteps(
            outage.Undo(catalog.Of(environment), "The recovery plan is the way back; the orphaned replicas keep the data until then.", $"blackstart recover --environment {environment.Name}"),
            outage.Steps(environment)));
}
