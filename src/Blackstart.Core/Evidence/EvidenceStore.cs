using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;

namespace Blackstart.Core.Evidence;

/// <summary>
/// A folder of sealed documents, one per run, each holding the digest of the one before. A document is written once, as a whole,
/// and never again.
/// </summary>
/// <param name="folder">Path of the folder; made when it is missing.</param>
/// <param name="time">What waiting for another process's sealing goes by.</param>
public sealed class EvidenceStore(string folder, TimeProvider time)
{
    private readonly string _folder = Path.GetFullPath(folder);

    /// <summary>
    /// Seals the result of a run. Sealing the same run with the same content again gives the document that is there, so that a
    /// process killed between sealing and saying so can do it again.
    /// </summary>
    /// <param name="run">Name of the run: letters, digits, <c>. _ -</c>, beginning with a letter or digit, 128 at most.</param>
    /// <param name="content">The run's result.</param>
    /// <param name="at">The moment of sealing.</param>
    /// <param name="cancellationToken">Gives up before the document is written; never halfway.</param>
    /// <exception cref="ArgumentException">The run's name has another form.</exception>
    /// <exception cref="BlackstartException">
    /// <c>BS3101</c> another process keeps the folder locked; <c>BS3102</c> the run is sealed with other content; <c>BS3103</c> the
    /// newest document is not what HEAD says, so nothing can be sealed after it; <c>BS3104</c> the folder cannot be written.
    /// </exception>
    public async Task<SealedEvidence> SealAsync(string run, JsonNode content, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!EvidenceFolder.IsRunName(run))
        {
            throw new ArgumentException($"'{run}' cannot be the name of a run in evidence", nameof(run));
        }

        using var json = JsonDocument.Parse(content.ToJsonString());
        try
        {
            Directory.CreateDirectory(_folder);
            await using var held = await EvidenceLock.TakeAsync(_folder, time, cancellationToken);
            return await SealLockedAsync(run, json.RootElement, at, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlackstartException(
                "BS3104",
                ExitCode.CouldNotVerify,
                $"sealing the evidence of run {run} in {_folder}",
                e.Message.TrimEnd('.'),
                $"Make room or give access, then run 'blackstart resume {run}'",
                e);
        }
    }

    private async Task<SealedEvidence> SealLockedAsync(string run, JsonElement content, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var documents = EvidenceFolder.Of(_folder).Documents;
        var head = await ReadHeadAsync(cancellationToken);
        var newest = documents.Count == 0 ? null : await SettleNewestAsync(documents[^1], head, documents.Count, cancellationToken);
        if (newest is null && head is not null)
        {
            throw Damaged("its documents are gone, but HEAD names one");
        }

        var already = documents.FirstOrDefault(d => string.Equals(d.Run, run, StringComparison.Ordinal));
        if (already.Path is not null)
        {
            var document = EvidenceDocument.Read(await File.ReadAllBytesAsync(already.Path, cancellationToken));
            return string.Equals(document?.ActualContentSha256, Digest.OfCanonical(content), StringComparison.Ordinal)
                ? new SealedEvidence(already.Path, document!.FileSha256, already.Sequence)
                : throw new BlackstartException(
                    "BS3102",
                    ExitCode.CouldNotVerify,
                    $"sealing the evidence of run {run}",
                    $"{already.Path} holds it already, with other content",
                    "Evidence is never overwritten: run 'blackstart evidence verify', and start a new run");
        }

        var sequence = (newest?.Sequence ?? 0) + 1;
        var path = Path.Combine(_folder, EvidenceDocument.FileName(sequence, run));
        var bytes = EvidenceDocument.Write(sequence, run, newest?.FileSha256, at, content);
        await DurableFile.WriteAsync(path, bytes, overwrite: false, cancellationToken);
        var sealedEvidence = new SealedEvidence(path, Digest.Of(bytes), sequence);
        await WriteHeadAsync(sealedEvidence.Sequence, sealedEvidence.Sha256);
        return sealedEvidence;
    }

    /// <summary>
    /// The newest document, which HEAD must name; or HEAD names the one before, since a process died after writing the document
    /// and before writing HEAD: then HEAD is brought up to date.
    /// </summary>
    private async Task<EvidenceDocument> SettleNewestAsync(
        (int Sequence, string Run, string Path) file, EvidenceHead? head, int count, CancellationToken cancellationToken)
    {
        var document = EvidenceDocument.Read(await File.ReadAllBytesAsync(file.Path, cancellationToken));
        if (document is null || document.Sequence != file.Sequence || document.Sequence != count)
        {
            throw Damaged($"{Path.GetFileName(file.Path)} is not a sealed document in its place");
        }

        if (head is not null && document.Sequence == head.Sequence && string.Equals(document.FileSha256, head.Sha256, StringComparison.Ordinal))
        {
            return document;
        }

        if (document.Sequence != (head?.Sequence ?? 0) + 1
            || !string.Equals(document.Previous, head?.Sha256, StringComparison.Ordinal)
            || !string.Equals(document.ContentSha256, document.ActualContentSha256, StringComparison.Ordinal))
        {
            throw Damaged($"{Path.GetFileName(file.Path)} is not the document that HEAD names");
        }

        await WriteHeadAsync(document.Sequence, document.FileSha256);
        return document;
    }

    private async Task<EvidenceHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(_folder, EvidenceHead.FileName);
        return !File.Exists(path)
            ? null
            : EvidenceHead.Read(await File.ReadAllBytesAsync(path, cancellationToken)) ?? throw Damaged("HEAD is not as it was written");
    }

    // Not cancellable: the document is there already.
    private Task WriteHeadAsync(int sequence, string sha256) =>
        DurableFile.WriteAsync(
            Path.Combine(_folder, EvidenceHead.FileName), new EvidenceHead(sequence, sha256).Write(), overwrite: true, CancellationToken.None);

    private BlackstartException Damaged(string cause) => new(
        "BS3103",
        ExitCode.CouldNotVerify,
        $"sealing evidence in {_folder}",
        cause,
        "Run 'blackstart evidence verify', move the folder away as it is, and seal into a new one");
}
