using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Export;

/// <summary>Writes the volume of one replica directory to a raw image: judge, merge, hash and write.</summary>
public static class ReplicaExport
{
    /// <summary>Judges the replica and, unless it is refused, writes the image.</summary>
    /// <param name="directory">The replica directory; nothing in it is changed.</param>
    /// <param name="imagePath">The image to make; must not exist.</param>
    /// <param name="judging">How to judge; null for the defaults.</param>
    /// <param name="copying">How to write; null for the defaults.</param>
    /// <param name="cancellationToken">Stops; the unfinished image is removed.</param>
    /// <returns>The report. Refusals of the replica or the target are in it, not thrown.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<ReplicaExportReport> RunAsync(
        string directory,
        string imagePath,
        JudgingOptions? judging,
        CopyOptions? copying,
        CancellationToken cancellationToken)
    {
        using var replica = await Task.Run(() => ReplicaDirectory.Open(directory, judging, cancellationToken), cancellationToken);
        var judgement = replica.Judgement;
        if (judgement.Refusal is { } refusal)
        {
            return Refused(judgement, refusal.Code, refusal.Reason);
        }

        try
        {
            var volume = replica.Volume;
            var dataBytes = await Task.Run(() => volume.CountData(cancellationToken), cancellationToken);
            await using var target = RawImageTarget.At(imagePath, dataBytes);
            var result = await VolumeCopy.RunAsync(volume, target, copying, cancellationToken);
            return new ReplicaExportReport
            {
                Verdict = VerdictOf(judgement),
                Sha256 = result.Sha256?.ToString(),
                Bytes = result.Bytes,
                Allocated = target.Allocated,
                Chain = ChainOf(judgement),
                BackingImage = judgement.BackingImage,
                Reason = judgement.Warnings.Any() ? string.Join("; ", judgement.Warnings.Select(warning => warning.Reason)) : null,
                Findings = judgement.Findings,
            };
        }
        catch (SalvageException failure)
        {
            return Refused(judgement, failure.Code, failure.Reason);
        }
    }

    /// <summary>The verdict in the words of the command line: <c>recoverable</c>, <c>recoverable-with-warning</c> or <c>refuse</c>.</summary>
    /// <param name="judgement">The judgement.</param>
    public static string VerdictOf(ReplicaJudgement judgement)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return judgement.Verdict switch
        {
            ReplicaVerdict.Recoverable => "recoverable",
            ReplicaVerdict.RecoverableWithWarning => "recoverable-with-warning",
            _ => "refuse",
        };
    }

    private static ReplicaExportReport Refused(ReplicaJudgement judgement, string code, string reason) => new()
    {
        Verdict = "refuse",
        Chain = ChainOf(judgement),
        BackingImage = judgement.BackingImage,
        Code = code,
        Reason = reason,
        Remedy = SalvageCode.RemedyOf(code),
        Findings = judgement.Findings,
    };

    private static string[] ChainOf(ReplicaJudgement judgement) => [.. judgement.Chain.Select(layer => layer.Name)];
}
