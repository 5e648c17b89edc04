namespace Blackstart.Lab.Hosting.Services;

/// <summary>The simulated Longhorn: its manager and the instance managers of all nodes, one process.</summary>
internal static class LonghornService
{
    public const string Name = "longhorn";

    public static ServiceDefinition Define(LabLayout layout, LabProgram program) => new(
        Name,
        _ => Task.FromResult(new Launch(
            Name,
            program.Path,
            program.ProcessArguments(Name, ["--lifeline", "--state", layout.Root]),
            Real: false)),

        // Its work shows in the cluster's objects, which may be gone on purpose: running is all that is asked here.
        _ => Task.FromResult(true));
}
