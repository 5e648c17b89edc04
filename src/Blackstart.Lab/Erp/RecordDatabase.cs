using Npgsql;

namespace Blackstart.Lab.Erp;

/// <summary>The ERP's tables in PostgreSQL.</summary>
internal sealed class RecordDatabase(NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>Tables and the role whose members may write them; a role of the database engine becomes such a member.</summary>
    public const string Definition =
        """
        CREATE TABLE IF NOT EXISTS ledger (id uuid PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS records (
            number bigint PRIMARY KEY,
            recorded_at bigint NOT NULL,
            payload text NOT NULL,
            sha256 text NOT NULL);
        """;

    public static async Task<RecordDatabase> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return new RecordDatabase(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The books' id; null when the database holds none.</summary>
    public async Task<Guid?> LedgerAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT id FROM ledger", connection);
        return await command.ExecuteScalarAsync(cancellationToken) as Guid?;
    }

    /// <summary>The newest record (null when there is none) and how many there are.</summary>
    public async Task<(ErpRecord? Newest, long Count)> NewestAsync(CancellationToken cancellationToken)
    {
        await using var count = new NpgsqlCommand("SELECT count(*) FROM records", connection);
        var number = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        await using var command = new NpgsqlCommand("SELECT number, recorded_at, payload FROM records ORDER BY number DESC LIMIT 1", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (new ErpRecord(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2)), number)
            : (null, number);
    }

    /// <summary>Inserts a record; returns when it is committed and on stable storage.</summary>
    public async Task InsertAsync(ErpRecord record, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("INSERT INTO records (number, recorded_at, payload, sha256) VALUES ($1, $2, $3, $4)", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<long> { TypedValue = record.Number },
                new NpgsqlParameter<long> { TypedValue = record.Time },
                new NpgsqlParameter<string> { TypedValue = record.Payload },
                new NpgsqlParameter<string> { TypedValue = record.Digest() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The record of a number; null when there is none.</summary>
    public async Task<ErpRecord?> FindAsync(long number, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT number, recorded_at, payload FROM records WHERE number = $1", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = number } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new ErpRecord(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2)) : null;
    }

    /// <summary>Digests of all records, computed from what the table holds now, by number.</summary>
    public async Task<IReadOnlyDictionary<long, ErpRecord>> AllAsync(CancellationToken cancellationToken)
    {
        var records = new Dictionary<long, ErpRecord>();
        await using var command = new NpgsqlCommand("SELECT number, recorded_at, payload FROM records", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            records[reader.GetInt64(0)] = new ErpRecord(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2));
        }

        return records;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
