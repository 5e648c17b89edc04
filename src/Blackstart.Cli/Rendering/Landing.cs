using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Cli.Rendering;

/// <summary>Where a command will land, said before anything else: <c>sandbox lab · context lab · cluster 5f0c…</c>.</summary>
internal static class Landing
{
    public static string Of(EstateEnvironment environment)
    {
        var cluster = RecordedIdentities.Load(environment.IdentitiesPath).Of(Target.Kubernetes);
        return $"{Words.Of(environment.Role)} {environment.Name} · context {environment.Kubernetes?.Context ?? "(none)"} · cluster {(cluster is { Length: > 8 } ? cluster[..8] + "…" : cluster ?? "not on record")}";
    }
}
