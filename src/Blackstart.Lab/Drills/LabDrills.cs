using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Lab.Hosting;
using Blackstart.Systems.Environments;

namespace Blackstart.Lab.Drills;

/// <summary>The drills that can be run on a lab: their faults need a mains switch, which only the lab has.</summary>
public static class LabDrills
{
    /// <summary>The drills for an estate; none when it is not a lab's.</summary>
    public static IReadOnlyList<Drill> For(Estate estate, EnvironmentCatalog catalog, ComponentTypes types)
    {
        var layout = LabLayout.At(Path.GetDirectoryName(estate.SourcePath));
        if (!File.Exists(layout.StateFile))
        {
            return [];
        }

        var outage = new LabOutage(new LabHost(layout, LabProgram.Current, TimeProvider.System), TimeProvider.System);
        var planner = new RecoveryPlanner(types);
        return
        [
            PowerCutDrill.Create(outage, catalog) with { CheckAsync = outage.Host.RequireRunningAsync },
            RenameTrapDrill.Create(outage, planner, catalog) with { CheckAsync = outage.Host.RequireRunningAsync },
        ];
    }
}
