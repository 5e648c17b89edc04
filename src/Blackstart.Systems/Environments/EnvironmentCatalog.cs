using Blackstart.Core.Estates;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Environments;

/// <summary>The systems of each environment, connected on first use and shared by all who ask.</summary>
public sealed class EnvironmentCatalog(ICommandLine commandLine) : IAsyncDisposable
{
    private readonly Dictionary<string, EnvironmentSystems> _systems = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Starts the operator's tools.</summary>
    public ICommandLine CommandLine { get; } = commandLine;

    /// <summary>The systems of one environment.</summary>
    public EnvironmentSystems Of(EstateEnvironment environment)
    {
        lock (_lock)
        {
            if (!_systems.TryGetValue(environment.Name, out var systems))
            {
                _systems[environment.Name] = systems = new EnvironmentSystems(environment, CommandLine);
            }

            return systems;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var systems in _systems.Values)
        {
            await systems.DisposeAsync();
        }
    }
}
