using System.Globalization;
using Blackstart.Fuzz.Mutating;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Merging;
using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Scanning;

namespace Blackstart.Fuzz.Trying;

/// <summary>Does with a replica what the product does, and holds the outcome against what must be true of any replica.</summary>
internal static class ReplicaTrial
{
    private const int MostRuns = 100_000;
    private const long MostAllocated = 96L << 20;

    /// <summary>Everything that can be accepted, so that reading is reached however odd the replica is.</summary>
    private static readonly string[] EveryCode = [.. Enumerable.Range(5001, 99).Select(code => code.ToString("'BS'0000", CultureInfo.InvariantCulture))];

    internal static FuzzOutcome Run(FuzzedReplica replica, Random random)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var options = new JudgingOptions
            {
                Accepted = random.Next(4) == 0 ? [] : EveryCode,
                Checksums = (ChecksumPolicy)random.Next(3),
                OpenFiles = OpenFileTable.Empty,
            };
            var outcome = Judge(replica.Path, options, random);
            if (random.Next(4) == 0)
            {
                ReplicaScan.Run([replica.Disk], options with { Checksums = ChecksumPolicy.Never }, null, CancellationToken.None);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return allocated > MostAllocated ? outcome with { Wrong = $"{allocated} bytes of memory were asked for" } : outcome;
        }
        catch (Exception failure)
        {
            return new FuzzOutcome(null, IsRefused: false, failure.ToString());
        }
    }

    private static FuzzOutcome Judge(string path, JudgingOptions options, Random random)
    {
        using var opened = ReplicaDirectory.Open(path, options);
        var wrong = opened.Judgement.Findings.FirstOrDefault(finding => finding.Reason.Any(char.IsControl)) is { } finding
            ? $"{finding.Code} tells what a terminal would act on"
            : null;
        if (opened.Judgement.Refusal is { } refusal)
        {
            return new FuzzOutcome(refusal.Code, IsRefused: true, wrong);
        }

        try
        {
            return new FuzzOutcome(null, IsRefused: false, wrong ?? Read(opened.Volume, opened.Judgement.Metadata!.Size, random));
        }
        catch (SalvageException failure)
        {
            return new FuzzOutcome(failure.Code, IsRefused: false, wrong);
        }
    }

    private static string? Read(MergedVolume volume, long size, Random random)
    {
        if (volume.Size != size)
        {
            return "The volume is not of the size that is recorded";
        }

        var (position, count) = (0L, 0);
        foreach (var run in volume.Runs())
        {
            if (run.Offset < position || run.Length <= 0 || run.End > size)
            {
                return $"The run {run} does not fit";
            }

            position = run.End;
            if (++count == MostRuns)
            {
                break;
            }
        }

        var buffer = new byte[64 << 10];
        foreach (var offset in new[] { 0, random.NextInt64(size), Math.Max(0, size - buffer.Length) })
        {
            volume.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - offset)));
        }

        _ = VolumeContent.Identify(volume);
        volume.CheckUnchanged();
        return null;
    }
}
