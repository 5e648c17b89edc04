using Blackstart.Lab.Erp;
using Blackstart.Lab.Hosting.Services;
using Blackstart.Lab.Tests.Hosting;
using Npgsql;

namespace Blackstart.Lab.Tests.Erp;

/// <summary>Against a real PostgreSQL.</summary>
public sealed class ErpBooksTests : IAsyncLifetime
{
    private static readonly Guid Ledger = Guid.NewGuid();
    private readonly MemoryDevice _device = new(1 << 20);
    private TestLab _lab = null!;
    private RecordDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _lab = await TestLab.StartAsync("postgres");
        var connectionString = await PostgresService.ConnectionStringAsync(_lab.Layout, _lab.State, "postgres", Cancel);
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync(Cancel);
            await using var command = new NpgsqlCommand($"{RecordDatabase.Definition} INSERT INTO ledger VALUES ('{Ledger}')", connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }

        _database = await RecordDatabase.OpenAsync(connectionString, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _lab.DisposeAsync();
    }

    [Fact]
    public async Task The_tail_that_a_crash_leaves_is_completed_from_the_side_that_has_it()
    {
        var journal = await FillAsync(inJournal: 11, inDatabase: 10);
        (await ErpBooks.ReconcileAsync(journal, _database, Cancel)).ShouldBe(11);
        (await _database.NewestAsync(Cancel)).Newest.ShouldBe(ErpBook.Records(11)[^1]);

        await _database.InsertAsync(ErpBook.Records(12)[^1], Cancel);
        (await ErpBooks.ReconcileAsync(journal, _database, Cancel)).ShouldBe(12);
        (await journal.ReadAsync(12, Cancel)).Record.ShouldBe(ErpBook.Records(12)[^1]);
    }

    [Fact]
    public async Task A_stale_side_is_refused_rather_than_healed()
    {
        var journal = await FillAsync(inJournal: 8, inDatabase: 10);
        var before = _device.Copy();

        (await Should.ThrowAsync<ErpRefusedException>(() => ErpBooks.ReconcileAsync(journal, _database, Cancel))).Message.ShouldContain("stale");

        _device.Bytes.ShouldBe(before.Bytes);
        (await _database.NewestAsync(Cancel)).Count.ShouldBe(10);
    }

    [Fact]
    public async Task Books_of_another_ledger_are_refused()
    {
        var (journal, _) = await ErpBook.WriteAsync(_device, Guid.NewGuid(), 1);

        (await Should.ThrowAsync<ErpRefusedException>(() => ErpBooks.ReconcileAsync(journal, _database, Cancel))).Message.ShouldContain("belongs to ledger");
    }

    [Fact]
    public async Task A_damaged_record_is_refused()
    {
        var journal = await FillAsync(inJournal: 10, inDatabase: 10);
        _device.Bytes[journal.OffsetOf(5) + 100] ^= 1;

        (await Should.ThrowAsync<ErpRefusedException>(() => ErpBooks.ReconcileAsync(journal, _database, Cancel))).Message.ShouldContain("damaged");
    }

    private async Task<RecordJournal> FillAsync(int inJournal, int inDatabase)
    {
        var (journal, _) = await ErpBook.WriteAsync(_device, Ledger, inJournal);
        foreach (var record in ErpBook.Records(inDatabase))
        {
            await _database.InsertAsync(record, Cancel);
        }

        return journal;
    }
}
