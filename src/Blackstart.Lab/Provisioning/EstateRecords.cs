using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Hosting.Services;
using Npgsql;

namespace Blackstart.Lab.Provisioning;

/// <summary>Writes down who the estate's systems are: a sandbox's own identities, which the boundary compares with.</summary>
internal sealed class EstateRecords(LabLayout layout, LabState state, ClusterClient cluster)
{
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var identities = new JsonObject
        {
            ["kubernetes"] = (await cluster.GetAsync(ResourceType.Namespaces, null, "kube-system", cancellationToken))?.Uid(),
            ["vault"] = await VaultAsync(cancellationToken),
            ["postgres"] = await PostgresAsync(cancellationToken),
        };
        foreach (var node in LabLayout.NodeNames)
        {
            identities[$"machine/{node}"] = (await File.ReadAllTextAsync(layout.MachineId(node), cancellationToken)).Trim();
        }

        await LabJson.WriteAsync(
            Path.Combine(layout.Identities, "lab.json"),
            new JsonObject { ["schemaVersion"] = 1, ["identities"] = identities },
            cancellationToken);
    }

    private async Task<string?> VaultAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var health = await http.GetFromJsonAsync<JsonObject>(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{state.Ports.Vault}/v1/sys/health")), cancellationToken);
        return health.TextAt("cluster_id");
    }

    private async Task<string?> PostgresAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(await PostgresService.ConnectionStringAsync(layout, state, "postgres", cancellationToken));
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("SELECT system_identifier::text FROM pg_control_system()", connection);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
