using System.Globalization;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Provisioning;

/// <summary>The lab declared as an estate, in its state directory.</summary>
internal static class EstateFile
{
    public static Task WriteAsync(LabLayout layout, LabState state, CancellationToken cancellationToken) => File.WriteAllTextAsync(
        layout.Estate,
        LabManifests.Read("estate", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["root"] = layout.Root,
            ["vaultPort"] = state.Ports.Vault.ToString(CultureInfo.InvariantCulture),
            ["postgresPort"] = state.Ports.Postgres.ToString(CultureInfo.InvariantCulture),
            ["gitPort"] = state.Ports.Git.ToString(CultureInfo.InvariantCulture),
        }),
        cancellationToken);
}
