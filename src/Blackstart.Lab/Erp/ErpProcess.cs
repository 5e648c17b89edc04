using System.Globalization;
using Blackstart.Lab.Hosting;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;
using Npgsql;

namespace Blackstart.Lab.Erp;

/// <summary>The ERP: writes business records all the time, to PostgreSQL and to its volume, and hands out a receipt for each that both have flushed.</summary>
internal sealed class ErpProcess(ProcessArguments arguments, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly string _credentialsFolder = arguments.Required("credentials");
    private readonly TimeSpan _pause = TimeSpan.FromMilliseconds(1000.0 / int.Parse(arguments.Optional("rate") ?? "25", CultureInfo.InvariantCulture));
    private long _lastWrite;
    private bool _wroteOnce;
    private long _number;

    /// <summary>
    /// Arguments: <c>--volume NBD-URI --host H --port P --database D --credentials FOLDER --listen PORT --receipts FILE</c>
    /// and <c>--rate RECORDS-PER-SECOND</c> (25).
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var erp = new ErpProcess(new ProcessArguments(arguments), TimeProvider.System);
        try
        {
            await erp.RunAsync(cancellationToken);
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await erp.SayAsync(string.Create(CultureInfo.InvariantCulture, $"stopped in order after record {erp._number}"));
            return 0;
        }
        catch (ErpRefusedException e)
        {
            await erp.SayAsync($"refused: {e.Message}");
            return 1;
        }
        catch (Exception e) when (e is IOException or NpgsqlException or TimeoutException)
        {
            await erp.SayAsync($"failed: {e.Message}");
            return 1;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var device = await NbdClient.ConnectAsync(new Uri(arguments.Required("volume")), cancellationToken);
        var journal = await RecordJournal.OpenAsync(device, cancellationToken);
        var credentials = await ErpCredentials.ReadAsync(_credentialsFolder, cancellationToken);
        var database = await OpenAsync(credentials, cancellationToken);
        try
        {
            _number = await ErpBooks.ReconcileAsync(journal, database, cancellationToken);
            await SayAsync(string.Create(CultureInfo.InvariantCulture, $"books agree up to record {_number}; logged in as {credentials.User}"));
            await using var receipts = await ReceiptBook.OpenAsync(arguments.Required("receipts"), cancellationToken);
            await using var readiness = new ReadinessServer(
                int.Parse(arguments.Required("listen"), CultureInfo.InvariantCulture),
                token => TroubleAsync(device, token));
            while (!cancellationToken.IsCancellationRequested)
            {
                var now = await ErpCredentials.ReadAsync(_credentialsFolder, cancellationToken);
                if (now != credentials)
                {
                    var next = await OpenAsync(now, cancellationToken);
                    await database.DisposeAsync();
                    (database, credentials) = (next, now);
                    await SayAsync($"credentials changed; logged in as {credentials.User}");
                }

                // Not cancelled half way through: a stop in order leaves no unacknowledged record.
                await RecordAsync(journal, database, receipts, CancellationToken.None);
                await Task.Delay(_pause, time, cancellationToken);
            }
        }
        finally
        {
            await database.DisposeAsync();
        }
    }

    private async Task RecordAsync(RecordJournal journal, RecordDatabase database, ReceiptBook receipts, CancellationToken cancellationToken)
    {
        var record = ErpRecord.Invent(_number + 1, time.GetUtcNow());
        await journal.WriteAsync(record, cancellationToken);
        await database.InsertAsync(record, cancellationToken);
        await receipts.HandOutAsync(record, cancellationToken);
        _number = record.Number;
        Interlocked.Exchange(ref _lastWrite, time.GetTimestamp());
        _wroteOnce = true;
    }

    private async Task<string?> TroubleAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        if (!_wroteOnce || time.GetElapsedTime(Interlocked.Read(ref _lastWrite)) > Fresh)
        {
            return "no record was written within 2 s";
        }

        try
        {
            _ = await RecordJournal.OpenAsync(device, cancellationToken);

            // A login of its own: an open connection would not notice credentials that are no longer good.
            await using var login = await OpenAsync(await ErpCredentials.ReadAsync(_credentialsFolder, cancellationToken), cancellationToken);
            return null;
        }
        catch (Exception e) when (e is IOException or NpgsqlException or ErpRefusedException or TimeoutException)
        {
            return e.Message;
        }
    }

    private Task<RecordDatabase> OpenAsync(ErpCredentials credentials, CancellationToken cancellationToken) =>
        RecordDatabase.OpenAsync(
            new NpgsqlConnectionStringBuilder
            {
                Host = arguments.Required("host"),
                Port = int.Parse(arguments.Required("port"), CultureInfo.InvariantCulture),
                Database = arguments.Required("database"),
                Username = credentials.User,
                Password = credentials.Password,
                Pooling = false,
                Timeout = 3,
                CommandTimeout = 5,
            }.ConnectionString,
            cancellationToken);

    private Task SayAsync(string text) =>
        Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} erp: {text}"));
}
