using System.Globalization;
using Npgsql;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Creates, extends and drops roles in a real PostgreSQL.</summary>
internal static class PostgresUsers
{
    /// <summary>Two sessions that change the rights on the same object at once make PostgreSQL refuse one of them.</summary>
    private static readonly Exclusive Changing = new();

    /// <summary>Connects and asks something.</summary>
    /// <exception cref="VaultFault">400: it cannot be reached, or refuses.</exception>
    public static async Task VerifyAsync(DatabaseConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await OpenAsync(connection, cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1", session);
            await command.ExecuteScalarAsync(cancellationToken);
        }
        catch (Exception error) when (IsFailure(error))
        {
            throw new VaultFault(400, $"error creating database object: error verifying connection: {error.Message}");
        }
    }

    public static Task CreateAsync(DatabaseConnection connection, DatabaseRole role, string name, string password, DateTimeOffset end, CancellationToken cancellationToken) =>
        RunAsync(connection, role.CreationStatements.Select(statement => Fill(statement, name, password, end)), cancellationToken);

    public static Task ExtendAsync(DatabaseConnection connection, IReadOnlyList<string> statements, string name, DateTimeOffset end, CancellationToken cancellationToken) =>
        RunAsync(
            connection,
            (statements.Count > 0 ? statements : ["ALTER ROLE \"{{name}}\" VALID UNTIL '{{expiration}}'"]).Select(statement => Fill(statement, name, string.Empty, end)),
            cancellationToken);

    /// <summary>Drops a role; one that is gone is no error. A role that owns something stays, with the error PostgreSQL gives.</summary>
    public static async Task DropAsync(DatabaseConnection connection, IReadOnlyList<string> statements, string name, CancellationToken cancellationToken)
    {
        if (statements.Count > 0)
        {
            await RunAsync(connection, statements.Select(statement => Fill(statement, name, string.Empty, DateTimeOffset.UnixEpoch)), cancellationToken);
            return;
        }

        await GuardAsync(async () =>
        {
            await using var session = await OpenAsync(connection, cancellationToken);
            if (!await ExistsAsync(session, name, cancellationToken))
            {
                return;
            }

            await using var transaction = await session.BeginTransactionAsync(cancellationToken);
            foreach (var statement in await WithdrawalsAsync(session, name, cancellationToken))
            {
                await ExecuteAsync(session, statement, cancellationToken);
            }

            await ExecuteAsync(session, $"DROP ROLE IF EXISTS {Quote(name)}", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }, cancellationToken);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection session, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT 1 FROM pg_roles WHERE rolname = $1", session);
        command.Parameters.AddWithValue(name);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    /// <summary>Rights keep a role from being dropped; only this database's are seen, as with the real engine.</summary>
    private static async Task<List<string>> WithdrawalsAsync(NpgsqlConnection session, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)' AND nspname <> 'information_schema' ORDER BY 1", session);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var statements = new List<string> { $"REVOKE ALL ON DATABASE {Quote(session.Database)} FROM {Quote(name)}" };
        while (await reader.ReadAsync(cancellationToken))
        {
            var schema = Quote(reader.GetString(0));
            statements.Add($"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {Quote(name)}");
            statements.Add($"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {Quote(name)}");
            statements.Add($"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {Quote(name)}");
            statements.Add($"REVOKE ALL ON SCHEMA {schema} FROM {Quote(name)}");
        }

        return statements;
    }

    private static Task RunAsync(DatabaseConnection connection, IEnumerable<string> statements, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var session = await OpenAsync(connection, cancellationToken);
        await using var transaction = await session.BeginTransactionAsync(cancellationToken);
        foreach (var statement in statements)
        {
            await ExecuteAsync(session, statement, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }, cancellationToken);

    private static async Task GuardAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        await Changing.WaitAsync(cancellationToken);
        try
        {
            await action();
        }
        catch (Exception error) when (IsFailure(error))
        {
            throw VaultFault.Collected(500, error.Message);
        }
        finally
        {
            Changing.Release();
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(DatabaseConnection connection, CancellationToken cancellationToken)
    {
        var session = new NpgsqlConnection(PostgresAddress.Resolve(connection));
        try
        {
            await session.OpenAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

#pragma warning disable CA2100 // The statements are what an operator wrote for the role; names and passwords filled in are made of letters, digits, '-' and '_'.
    private static async Task ExecuteAsync(NpgsqlConnection session, string statement, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(statement, session);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
#pragma warning restore CA2100

    private static string Fill(string statement, string name, string password, DateTimeOffset end) => statement
        .Replace("{{name}}", name, StringComparison.Ordinal)
        .Replace("{{username}}", name, StringComparison.Ordinal)
        .Replace("{{password}}", password, StringComparison.Ordinal)
        .Replace("{{expiration}}", end.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'+0000'", CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static bool IsFailure(Exception error) => error is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or InvalidOperationException;
}
