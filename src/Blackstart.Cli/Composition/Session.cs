using Blackstart.Core.Conducting;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Evidence;
using Blackstart.Core.Execution;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Lab.Drills;
using Blackstart.Lab.Hosting;
using Blackstart.Systems;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Tools;

namespace Blackstart.Cli.Composition;

/// <summary>Everything a command needs to act on one estate, put together once.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly EnvironmentCatalog _catalog;
    private readonly ComponentTypes _types;

    private Session(Estate estate, ComponentTypes types, EnvironmentCatalog catalog)
    {
        _catalog = catalog;
        _types = types;
        Estate = estate;
        Drills = LabDrills.For(estate, catalog, types);
        var boundary = new Boundary(
            [.. estate.Environments.Select(e => new BoundaryEnvironment(e.Name, e.Role == EnvironmentRole.Production, RecordedIdentities.Load(e.IdentitiesPath)))],
            new IdentitySource(estate, catalog),
            TimeProvider.System);
        Conductor = new Conductor(
            estate,
            types,
            Drills,
            boundary,
            Runs,
            new EvidenceStore(StateFolder.Evidence, TimeProvider.System),
            TimeProvider.System,
            new RunnerOptions(),
            catalog.Options);
    }

    /// <summary>The runs of this machine, whatever their estate.</summary>
    public static RunStore Runs { get; } = new(StateFolder.Runs, TimeProvider.System);

    public Estate Estate { get; }

    public IReadOnlyList<Drill> Drills { get; }

    public Conductor Conductor { get; }

    /// <summary>Loads the estate.</summary>
    /// <exception cref="BlackstartException"><c>BS1000</c> with all of its errors; <c>BS1030</c>, <c>BS1031</c>; <c>BS2007</c>.</exception>
    public static Session Open(string? config, RunOptions? options = null)
    {
        var catalog = new EnvironmentCatalog(new CommandLine(TimeProvider.System), options, TimeProvider.System);
        var types = KnownComponentTypes.Create(catalog);
        return new Session(EstateLoader.Load(FindEstate(config), types.Descriptions).Require(), types, catalog);
    }

    /// <summary>The environment of that name, or the only sandbox. Production is never picked by itself.</summary>
    /// <exception cref="BlackstartException"><c>BS7001</c> there is no such environment; <c>BS7002</c> there are several sandboxes, or none.</exception>
    public EstateEnvironment Environment(string? name)
    {
        if (name is not null)
        {
            return Estate.FindEnvironment(name) ?? throw new BlackstartException(
                "BS7001",
                ExitCode.InvalidInput,
                $"looking for the environment '{name}'",
                $"{Estate.SourcePath} declares {string.Join(", ", Estate.Environments.Select(e => e.Name))}",
                "Name one of these with --environment");
        }

        var sandboxes = Estate.Environments.Where(e => e.Role == EnvironmentRole.Sandbox).ToList();
        return sandboxes is [var only]
            ? only
            : throw new BlackstartException(
                "BS7002",
                ExitCode.InvalidInput,
                "choosing an environment",
                $"{Estate.SourcePath} declares {sandboxes.Count} sandboxes",
                "Name the environment with --environment");
    }

    /// <summary>The systems of an environment, for commands that only read.</summary>
    public EnvironmentSystems Systems(EstateEnvironment environment) => _catalog.Of(environment);

    /// <summary>Demands every tool that running a plan of this estate takes.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>.</exception>
    public void RequireTools() => ToolCheck.Require(Estate, _types);

    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    private static string FindEstate(string? config)
    {
        try
        {
            return EstateFinder.Find(config, System.Environment.GetEnvironmentVariable, Directory.GetCurrentDirectory());
        }
        catch (BlackstartException e) when (e.Code == "BS1030" && File.Exists(LabLayout.At(null).Estate))
        {
            // Where nobody declared an estate, the lab's own is what there is to rehearse on.
            return LabLayout.At(null).Estate;
        }
    }
}
