using System.Text.Json;
using Blackstart.Core.Errors;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Hosting.Services;
using Blackstart.Longhorn.Nbd;
using Blackstart.Systems.Tools;
using Npgsql;

namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>Asks the running lab what it still holds.</summary>
/// <param name="layout">The lab.</param>
/// <param name="time">Clock for deadlines.</param>
public sealed class LabAcceptance(LabLayout layout, TimeProvider time)
{
    private readonly CommandLine _commandLine = new(time);

    /// <summary>Compares the receipts of the ERP's acknowledged records with PostgreSQL and with the volume <c>erp-data</c>.</summary>
    /// <exception cref="BlackstartException"><c>BS6014</c>: one of them could not be asked.</exception>
    public Task<AcceptanceReport> ErpAsync(CancellationToken cancellationToken) => AskAsync(
        "erp",
        async () =>
        {
            var state = await LabState.ReadAsync(layout, cancellationToken);

            // Receipts first: what is handed out while this runs is not looked for.
            var receipts = await ReceiptBook.ReadAsync(layout.ErpReceipts, cancellationToken);
            await using var device = await NbdClient.ConnectAsync(await EndpointAsync("erp-data", cancellationToken), cancellationToken);
            var (scan, slots) = await ReadJournalAsync(device, cancellationToken);
            await using var database = await RecordDatabase.OpenAsync(
                await PostgresService.ConnectionStringAsync(layout, state, "erp", cancellationToken), cancellationToken);
            return ErpAcceptance.Compare(receipts, await database.AllAsync(cancellationToken), scan, slots);
        },
        cancellationToken);

    /// <summary>Compares the list of documents with the file system on the volume <c>documents</c>.</summary>
    /// <exception cref="BlackstartException"><c>BS6014</c>: it could not be asked.</exception>
    public Task<AcceptanceReport> DocumentsAsync(CancellationToken cancellationToken) => AskAsync(
        "documents",
        async () =>
        {
            await using var file = File.OpenRead(layout.DocumentReceipts);
            var list = await JsonSerializer.DeserializeAsync<DocumentList>(file, LabJson.Options, cancellationToken)
                ?? throw new InvalidDataException($"{layout.DocumentReceipts} is empty");
            var endpoint = await EndpointAsync("documents", cancellationToken);
            var folder = Directory.CreateDirectory(Path.Combine(layout.Temporary, $"acceptance-{Guid.NewGuid():N}"));
            try
            {
                var image = Path.Combine(folder.FullName, "volume.img");
                await _commandLine.RunAsync(new Command("nbdcopy", endpoint.OriginalString, image), cancellationToken);
                return await DocumentsAcceptance.CompareAsync(list, image, folder.FullName, _commandLine, cancellationToken);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        },
        cancellationToken);

    /// <summary>A volume that bears no journal holds no record: that is an answer, not a failure to ask.</summary>
    private static async Task<(JournalScan Scan, long Slots)> ReadJournalAsync(NbdClient device, CancellationToken cancellationToken)
    {
        try
        {
            var journal = await RecordJournal.OpenAsync(device, cancellationToken);
            return (await journal.ScanAsync(cancellationToken), journal.Slots);
        }
        catch (ErpRefusedException)
        {
            var slots = Math.Max(1, (device.Size - RecordJournal.HeaderLength) / RecordJournal.SlotLength);
            return (new JournalScan(new JournalSlot[slots]), slots);
        }
    }

    private async Task<Uri> EndpointAsync(string volume, CancellationToken cancellationToken)
    {
        using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, time, cancellationToken);
        var endpoint = (await client.ListAsync(ResourceType.Longhorn("engines"), "longhorn-system", cancellationToken))
            .Where(engine => engine.TextAt("spec", "volumeName") == volume && !engine.IsBeingDeleted())
            .Select(engine => engine.TextAt("status", "endpoint"))
            .FirstOrDefault(text => !string.IsNullOrEmpty(text));
        return endpoint is null ? throw new IOException($"the volume {volume} is not attached") : new Uri(endpoint);
    }

    private async Task<AcceptanceReport> AskAsync(string what, Func<Task<AcceptanceReport>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask().WaitAsync(cancellationToken);
        }
        catch (BlackstartException e) when (e.Code == "BS6001")
        {
            throw;
        }
        catch (Exception e) when (e is IOException or NpgsqlException or HttpRequestException or ClusterApiException or TimeoutException or BlackstartException or InvalidDataException or JsonException or UnauthorizedAccessException)
        {
            throw new BlackstartException(
                "BS6014",
                ExitCode.CouldNotVerify,
                $"asking the lab in {layout.Root} for acceptance of {what}",
                e is BlackstartException known ? known.Cause : e.Message,
                "Check with 'blackstart lab status' and 'kubectl get pods -A' that the volume is attached and PostgreSQL runs",
                e);
        }
    }
}
