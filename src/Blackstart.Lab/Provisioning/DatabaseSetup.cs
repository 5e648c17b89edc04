using System.Security.Cryptography;
using Blackstart.Lab.Erp;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Hosting.Services;
using Npgsql;

namespace Blackstart.Lab.Provisioning;

/// <summary>The ERP's database, and the role by which Vault's database engine makes logins for it.</summary>
internal static class DatabaseSetup
{
    public const string Database = "erp";
    public const string VaultRole = "vault";

    /// <summary>Creates what is missing.</summary>
    /// <returns>The books' id and the password of Vault's role, which is new each time.</returns>
    public static async Task<(Guid Ledger, string VaultPassword)> RunAsync(LabLayout layout, LabState state, CancellationToken cancellationToken)
    {
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await using (var server = await OpenAsync(layout, state, "postgres", cancellationToken))
        {
            await ExecuteAsync(
                server,
                $"""
                DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'erp_app') THEN CREATE ROLE erp_app NOLOGIN; END IF;
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{VaultRole}') THEN CREATE ROLE {VaultRole} LOGIN CREATEROLE; END IF;
                END $$;
                ALTER ROLE {VaultRole} PASSWORD '{password}';
                GRANT erp_app TO {VaultRole} WITH ADMIN OPTION;
                """,
                cancellationToken);
            if (await ScalarAsync(server, $"SELECT count(*) FROM pg_database WHERE datname = '{Database}'", cancellationToken) is 0L)
            {
                await ExecuteAsync(server, $"CREATE DATABASE {Database}", cancellationToken);
            }
        }

        await using var books = await OpenAsync(layout, state, Database, cancellationToken);
        await ExecuteAsync(
            books,
            $"""
            {RecordDatabase.Definition}
            INSERT INTO ledger SELECT gen_random_uuid() WHERE NOT EXISTS (SELECT FROM ledger);
            GRANT SELECT ON ledger TO erp_app;
            GRANT SELECT, INSERT ON records TO erp_app;
            """,
            cancellationToken);
        return ((Guid)(await ScalarAsync(books, "SELECT id FROM ledger", cancellationToken))!, password);
    }

    private static async Task<NpgsqlConnection> OpenAsync(LabLayout layout, LabState state, string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(await PostgresService.ConnectionStringAsync(layout, state, database, cancellationToken));
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
