using System.Security.Cryptography;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>Compares the list of documents with what the volume's file system holds.</summary>
internal static class DocumentsAcceptance
{
    /// <summary>Reads the files out of an image of the volume with debugfs, which needs no mount and writes nothing.</summary>
    /// <exception cref="Core.Errors.BlackstartException">debugfs is missing or fails to run.</exception>
    public static async Task<AcceptanceReport> CompareAsync(
        DocumentList list, string image, string temporaryFolder, ICommandLine commandLine, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(temporaryFolder, "documents");
        Directory.CreateDirectory(folder);

        // debugfs ends with 0 whatever it found: what counts is what it could read out.
        var result = await commandLine.RunAsync(new Command("debugfs", "-R", $"rdump / {folder}", image), cancellationToken);
        var complaint = result.StandardError.Split('\n').FirstOrDefault(line => line.Contains("magic number", StringComparison.Ordinal) || line.Contains("corrupt", StringComparison.Ordinal));
        var tally = new AcceptanceTally("documents");
        foreach (var document in list.Documents)
        {
            var file = Path.Combine(folder, document.Path);
            if (!File.Exists(file))
            {
                tally.Lost($"document {document.Path} is not on the volume{(complaint is null ? "" : $" ({complaint.Trim()})")}");
                continue;
            }

            await using var stream = File.OpenRead(file);
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)) == document.Sha256)
            {
                tally.Recovered(new AcceptedItem(document.Number, list.CreatedAt, document.Sha256));
            }
            else
            {
                tally.Corrupted($"document {document.Path} has another digest");
            }
        }

        return tally.Report();
    }
}
