using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Environments;

/// <summary>The systems of each environment, connected on first use and shared by all who ask.</summary>
public sealed class EnvironmentCatalog(ICommandLine commandLine, RunOptions? options = null, TimeProvider? time = null) : IAsyncDisposable
{
    private readonly Dictionary<string, EnvironmentSystems> _systems = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Starts the operator's tools.</summary>
    public ICommandLine CommandLine { get; } = commandLine;

    /// <summary>What the operator asked for beside the estate.</summary>
    public RunOptions Options { get; } = options ?? RunOptions.None;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time ?? TimeProvider.System;

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
