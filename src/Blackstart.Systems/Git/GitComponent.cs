using Blackstart.Core.Estates;
using Blackstart.Core.Planning;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Machines;

namespace Blackstart.Systems.Git;

/// <summary>Type <c>git</c>: a git server outside the cluster.</summary>
public sealed class GitComponent(EnvironmentCatalog catalog) : IComponentType
{
    /// <inheritdoc/>
    public ComponentTypeDescription Description { get; } = new(
        "git",
        "A git server outside the cluster.",
        [
            .. ServiceSettings.Machine,
            new SettingDescription("repositories", SettingKind.List, Required: true, null, "Repositories that must be served, relative to the server's address."),
        ]);

    /// <inheritdoc/>
    public IReadOnlyList<string> Tools => ["git"];

    /// <inheritdoc/>
    public IReadOnlyList<Probe> Checks(ComponentScope scope) =>
    [
        new Probe("serves", "every repository is served with its branches", async (_, cancellationToken) =>
        {
            var repositories = scope.Component.Settings.List("repositories");
            foreach (var repository in repositories)
            {
                if (await catalog.Of(scope.Environment).Git.CountHeadsAsync(repository, cancellationToken) == 0)
                {
                    return ProbeAnswer.No($"{repository} is served but has no branch");
                }
            }

            return ProbeAnswer.Yes($"{string.Join(", ", repositories)} served");
        }),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Step> RecoverySteps(ComponentScope scope) =>
        [ServiceSteps.Start(scope, catalog.Of(scope.Environment).Services, "Start the git server", Checks(scope)[0])];

    /// <inheritdoc/>
    public Probe? Acceptance(ComponentScope scope) => null;
}
