using System.Text;
using System.Text.Json;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Erp;

/// <summary>The receipts of acknowledged records: JSON Lines outside the estate, which the ERP writes and never reads.</summary>
internal sealed class ReceiptBook : IAsyncDisposable
{
    private readonly FileStream _file;

    private ReceiptBook(FileStream file) => _file = file;

    public static async Task<ReceiptBook> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);

        // A line cut off by a crash was never handed out; the next receipt starts on a line of its own.
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            var last = new byte[1];
            await file.ReadExactlyAsync(last, cancellationToken);
            if (last[0] != '\n')
            {
                await file.WriteAsync("\n"u8.ToArray(), cancellationToken);
            }
        }

        return new ReceiptBook(file);
    }

    /// <summary>Every complete receipt.</summary>
    public static async Task<IReadOnlyList<Receipt>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var receipts = new List<Receipt>();
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            try
            {
                if (JsonSerializer.Deserialize<Receipt>(line, LabJson.Line) is { Sha256: not null } receipt)
                {
                    receipts.Add(receipt);
                }
            }
            catch (JsonException)
            {
                // Cut off by a crash: never handed out.
            }
        }

        return receipts;
    }

    /// <summary>Hands out a receipt; returns when it is on stable storage.</summary>
    public async Task HandOutAsync(ErpRecord record, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.Serialize(new Receipt(record.Number, record.Digest(), record.Time), LabJson.Line) + "\n";
        await _file.WriteAsync(Encoding.UTF8.GetBytes(line), cancellationToken);
        RandomAccess.FlushToDisk(_file.SafeFileHandle);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
