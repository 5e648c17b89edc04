using System.Globalization;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Npgsql;

namespace Blackstart.Systems.Postgres;

/// <summary>A PostgreSQL server over its own protocol.</summary>
public sealed class PostgresServer(PostgresEndpoint endpoint)
{
    /// <summary>The system identifier, made once by initdb; a restored base backup keeps it (PostgreSQL manual, "pg_control_system").</summary>
    /// <exception cref="BlackstartException"><c>BS4401</c>: it cannot be asked.</exception>
    public Task<string?> AskIdentityAsync(CancellationToken cancellationToken) =>
        AskAsync("SELECT system_identifier::text FROM pg_control_system()", cancellationToken);

    /// <summary>Whether the server takes writes: false on a standby or while it replays its log.</summary>
    /// <exception cref="BlackstartException"><c>BS4401</c>.</exception>
    public async Task<bool> TakesWritesAsync(CancellationToken cancellationToken) =>
        await AskAsync("SELECT (NOT pg_is_in_recovery())::text", cancellationToken) == "true";

    /// <summary>Whether these credentials log in and may run a query.</summary>
    /// <returns>Null when they do; else what the server said.</returns>
    public async Task<string?> TryLoginAsync(string user, string password, string? database, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(user, password, database ?? endpoint.Database, cancellationToken);
            await using var query = new NpgsqlCommand("SELECT 1", connection);
            await query.ExecuteScalarAsync(cancellationToken);
            return null;
        }
        catch (NpgsqlException e)
        {
            return e.Message.TrimEnd('.');
        }
    }

    private async Task<string?> AskAsync(string question, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(endpoint.User, ReadPassword(), endpoint.Database, cancellationToken);
            await using var query = new NpgsqlCommand(question, connection);
            return Convert.ToString(await query.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new BlackstartException(
                "BS4401",
                ExitCode.CouldNotVerify,
                $"asking PostgreSQL at {endpoint.Host}:{endpoint.Port}",
                e.Message.TrimEnd('.'),
                $"Check it with `pg_isready -h {endpoint.Host} -p {endpoint.Port}`",
                e);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(string user, string? password, string database, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = endpoint.Host,
            Port = endpoint.Port,
            Database = database,
            Username = user,
            Password = password,
            Timeout = 5,
            CommandTimeout = 10,

            // A pooled connection would answer for a login that is no longer allowed.
            Pooling = false,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private string? ReadPassword() => endpoint.PasswordFile is { } path ? File.ReadLines(path).FirstOrDefault()?.Trim() : null;
}
