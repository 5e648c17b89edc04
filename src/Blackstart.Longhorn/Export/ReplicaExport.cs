using Blackstart.Longhorn.Inspecting;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Export;

/// <summary>Writes the volume of one replica directory to a raw image or a device: judge, merge, hash and write.</summary>
public static class ReplicaExport
{
    /// <summary>Judges the replica and, unless it or the target is refused, writes its volume there.</summary>
    /// <param name="directory">The replica directory; nothing in it is changed.</param>
    /// <param name="to">An image to make, which must not exist; the path of a block device; or an NBD URI.</param>
    /// <param name="options">What and how.</param>
    /// <param name="cancellationToken">Stops. An image of which much was written stays as <c>NAME.partial</c>, to be gone on with.</param>
    /// <returns>The report. Refusals of the replica or the target are in it, not thrown.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<ReplicaExportReport> RunAsync(string directory, string to, ExportOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var replica = await Task.Run(() => ReplicaDirectory.Open(directory, options.Judging, cancellationToken), cancellationToken);
        var judgement = replica.Judgement;
        if (judgement.Refusal is { } refusal)
        {
            return Refused(judgement, refusal.Code, refusal.Reason);
        }

        try
        {
            var view = options.Snapshot is { } snapshot
                ? await Task.Run(() => replica.ViewOf(snapshot, cancellationToken), cancellationToken)
                : new SnapshotView(replica.Chain, replica.Volume, judgement.Findings);
            return await WriteAsync(judgement, view, to, options, cancellationToken);
        }
        catch (SalvageException failure)
        {
            return Refused(judgement, failure.Code, failure.Reason);
        }
    }

    private static async Task<ReplicaExportReport> WriteAsync(ReplicaJudgement judgement, SnapshotView view, string to, ExportOptions options, CancellationToken cancellationToken)
    {
        var dataBytes = await Task.Run(() => view.Volume.CountData(cancellationToken), cancellationToken);
        var source = ExportSource.Describe(judgement.Path, options.Snapshot, view.Chain);
        await using var target = await ExportTarget.OpenAsync(to, view.Volume.Size, dataBytes, source, options, cancellationToken);
        var copied = await VolumeCopy.RunAsync(view.Volume, target.Target, options.Copying, cancellationToken);
        if (options.Verify)
        {
            var written = target.Written();
            await using var closing = target.Image is null ? null : written;
            await ExportVerification.RunAsync(view.Volume, written, copied, options.Copying, cancellationToken);
        }

        var findings = view.Findings.Concat(FindingsOf(target.Image)).OrderByDescending(finding => finding.Kind).ToList();
        return new ReplicaExportReport
        {
            Verdict = InspectionWords.Of((judgement with { Findings = findings }).Verdict),
            Sha256 = copied.Sha256?.ToString(),
            Extents = copied.Extents?.ToString(),
            Bytes = copied.Bytes,
            Data = copied.DataBytes,
            Allocated = target.Image?.Allocated ?? copied.DataBytes,
            Chain = [.. view.Chain.Layers.Select(layer => layer.Name)],
            BackingImage = view.Chain.Backing?.Path,
            Snapshot = options.Snapshot,
            IsVerified = options.Verify,
            ResumedAt = target.Image is { AlreadyWritten: > 0 } image ? image.AlreadyWritten : null,
            Overwritten = target.Overwritten,
            OverwriteDate = target.Image is null ? options.Overwrite : null,
            Reason = findings.Exists(finding => finding.Kind == FindingKind.Warning) ? string.Join("; ", findings.Where(finding => finding.Kind == FindingKind.Warning).Select(warning => warning.Reason)) : null,
            Findings = findings,
        };
    }

    private static IEnumerable<Finding> FindingsOf(RawImageTarget? image)
    {
        if (image?.StartedAnew is { } reason)
        {
            yield return new Finding(FindingKind.Note, SalvageCode.StartedAnew, $"{reason}; it was written anew");
        }

        if (image?.Mended > 0)
        {
            yield return new Finding(FindingKind.Warning, SalvageCode.UnfinishedImageDamaged, $"the unfinished image did not hold what had been written to it; {image.Mended} bytes of it were written again");
        }
    }

    private static ReplicaExportReport Refused(ReplicaJudgement judgement, string code, string reason) => new()
    {
        Verdict = InspectionWords.Of(ReplicaVerdict.Refused),
        Chain = [.. judgement.Chain.Select(layer => layer.Name)],
        BackingImage = judgement.BackingImage,
        Code = code,
        Reason = reason,
        Remedy = SalvageCode.RemedyOf(code),
        Findings = judgement.Findings,
    };
}
