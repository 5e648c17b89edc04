using System.Security.Cryptography;
using System.Text.Json;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Fixtures;

public sealed class RecordedReplicasTests
{
    private static readonly Dictionary<string, string> Codes = new(StringComparer.Ordinal)
    {
        ["MISSING_LAYER"] = SalvageCode.LayerMissing,
        ["EMPTY_REPLICA"] = SalvageCode.Empty,
        ["REBUILDING"] = SalvageCode.Rebuilding,
    };

    public static TheoryData<string> Cases => [.. FixtureCase.Names()];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_replica_gives_the_digest_the_engine_gives_or_the_refusal(string name)
    {
        if (name == FixtureCase.Absent)
        {
            return;
        }

        using var folder = new TestFolder();
        var found = FixtureCase.Get(name);
        await FixtureCase.UnpackAsync(found, folder.Path);
        var before = DirectoryRecord.Take(folder.Path);
        foreach (var (replica, i) in found.GetProperty("replicas").EnumerateArray().Select((replica, i) => (replica, i)))
        {
            var image = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.raw");
            try
            {
                await JudgeAsync(folder[replica.GetProperty("path").GetString()!], replica, found, image);
            }
            finally
            {
                File.Delete(image);
            }
        }

        (DirectoryRecord.Take(folder.Path)).ShouldBe(before);
    }

    private static async Task JudgeAsync(string path, JsonElement replica, JsonElement found, string image)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var verdict = replica.GetProperty("verdict").GetString()!;
        var acceptable = found.TryGetProperty("acceptableVerdicts", out var listed) ? listed.EnumerateArray().Select(item => item.GetString()!).ToArray() : [];
        var report = await ReplicaExport.RunAsync(path, image, new ExportOptions(), cancellation);
        report.Chain.Count.ShouldBeGreaterThan(0);
        if (verdict == "refuse" && !report.IsWritten)
        {
            report.Verdict.ShouldBe("refuse");
            if (Codes.TryGetValue(replica.GetProperty("code").GetString()!, out var code))
            {
                report.Code.ShouldBe(code);
            }

            if (replica.TryGetProperty("missing", out var missing))
            {
                report.Reason!.ShouldContain(missing.GetString()!);
            }

            File.Exists(image).ShouldBeFalse();
            await OverrideAsync(path, replica, image, report.Code!);
            return;
        }

        (report.Verdict is "recoverable" || acceptable.Contains(report.Verdict)).ShouldBeTrue($"{report.Verdict}: {report.Code} {report.Reason}");
        report.Chain.ShouldBe(replica.GetProperty("chain").EnumerateArray().Select(layer => layer.GetString()!));
        report.Bytes.ShouldBe(replica.GetProperty("volumeSize").GetInt64());
        new FileInfo(image).Length.ShouldBe(report.Bytes!.Value);
        if (replica.TryGetProperty("mergedSha256", out var digest))
        {
            report.Sha256.ShouldBe(digest.GetString());
            await using var stream = File.OpenRead(image);
            Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)).ShouldBe(digest.GetString());
        }

        await CompareRangesAsync(path, replica);
    }

    private static async Task CompareRangesAsync(string path, JsonElement replica)
    {
        if (!replica.TryGetProperty("ranges", out var ranges))
        {
            return;
        }

        using var directory = ReplicaDirectory.Open(path, cancellationToken: TestContext.Current.CancellationToken);
        foreach (var range in ranges.EnumerateArray())
        {
            var buffer = new byte[range.GetProperty("length").GetInt64()];
            await directory.Volume.ReadAsync(range.GetProperty("offset").GetInt64(), buffer, TestContext.Current.CancellationToken);
            Convert.ToHexStringLower(SHA256.HashData(buffer)).ShouldBe(range.GetProperty("sha256").GetString());
        }
    }

    private static async Task OverrideAsync(string path, JsonElement replica, string image, string code)
    {
        var name = replica.TryGetProperty("overrideMergedSha256", out var digest) ? digest
            : code == SalvageCode.Empty && replica.TryGetProperty("mergedSha256", out digest) ? digest
            : default;
        if (name.ValueKind != JsonValueKind.String || !SalvageCode.CanBeAccepted(code))
        {
            return;
        }

        var report = await ReplicaExport.RunAsync(path, image, new ExportOptions { Judging = new JudgingOptions { Accepted = [code] } }, TestContext.Current.CancellationToken);
        report.Verdict.ShouldBe("recoverable-with-warning");
        report.Sha256.ShouldBe(name.GetString());
    }
}
