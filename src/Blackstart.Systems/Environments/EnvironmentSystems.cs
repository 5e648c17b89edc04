using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Systems.Git;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Machines;
using Blackstart.Systems.Postgres;
using Blackstart.Systems.Tools;
using Blackstart.Systems.Vault;

namespace Blackstart.Systems.Environments;

/// <summary>The real systems of one environment, each reached as <c>blackstart.yaml</c> says.</summary>
public sealed class EnvironmentSystems(EstateEnvironment environment, ICommandLine commandLine) : IAsyncDisposable
{
    private readonly Lazy<KubernetesReader> _reader = new(() => new KubernetesReader(Require(environment, environment.Kubernetes, "kubernetes")));
    private readonly Lazy<KubernetesWriter> _writer = new(() => new KubernetesWriter(Require(environment, environment.Kubernetes, "kubernetes"), commandLine));
    private readonly Lazy<VaultClient> _vault = new(() => new VaultClient(Require(environment, environment.Vault, "vault")));
    private readonly Lazy<PostgresServer> _postgres = new(() => new PostgresServer(Require(environment, environment.Postgres, "postgres")));
    private readonly Lazy<GitServer> _git = new(() => new GitServer(Require(environment, environment.Git, "git"), commandLine));

    /// <summary>Reads from the cluster.</summary>
    public KubernetesReader KubernetesReader => _reader.Value;

    /// <summary>Changes the cluster.</summary>
    public KubernetesWriter KubernetesWriter => _writer.Value;

    /// <summary>The Vault.</summary>
    public VaultClient Vault => _vault.Value;

    /// <summary>The PostgreSQL server.</summary>
    public PostgresServer Postgres => _postgres.Value;

    /// <summary>The git server.</summary>
    public GitServer Git => _git.Value;

    /// <summary>Starts what does not start by itself.</summary>
    public ServiceStarter Services { get; } = new(environment, commandLine);

    /// <summary>Who the environment's systems are, as recorded; read anew each time, so that a change on disk counts at once.</summary>
    /// <exception cref="BlackstartException"><c>BS2007</c>.</exception>
    public RecordedIdentities Identities => RecordedIdentities.Load(environment.IdentitiesPath);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_reader.IsValueCreated)
        {
            await _reader.Value.DisposeAsync();
        }

        if (_vault.IsValueCreated)
        {
            _vault.Value.Dispose();
        }
    }

    private static T Require<T>(EstateEnvironment environment, T? endpoint, string key)
        where T : class => endpoint ?? throw new BlackstartException(
            "BS4004",
            ExitCode.InvalidInput,
            $"reaching the {key} of '{environment.Name}'",
            "blackstart.yaml does not say where it is",
            $"Add '{key}:' to environment '{environment.Name}'");
}
