using Blackstart.Longhorn.Files;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Replicas;

public sealed class SnapshotChecksumTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    public SnapshotChecksumTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2), (5, 9)]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_check_value_is_the_catalogues()
    {
        var crc = new Crc64();
        crc.Append("123456789"u8);
        crc.Value.ShouldBe(0xb90956c775a41001);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1_000_003)]
    public void Zeros_may_be_skipped(int count)
    {
        var (written, skipped) = (new Crc64(), new Crc64());
        foreach (var crc in new[] { written, skipped })
        {
            crc.Append("before"u8);
        }

        written.Append(new byte[count]);
        skipped.AppendZeros(count);
        skipped.Value.ShouldBe(written.Value);
    }

    [Theory]
    [InlineData(false, false, ChecksumPolicy.WhenValid, null)]
    [InlineData(true, false, ChecksumPolicy.WhenValid, "BS5023")]
    [InlineData(true, true, ChecksumPolicy.WhenValid, null)]
    [InlineData(true, true, ChecksumPolicy.Always, "BS5061")]
    [InlineData(false, true, ChecksumPolicy.Always, null)]
    [InlineData(true, false, ChecksumPolicy.Never, null)]
    public void A_mismatch_counts_as_far_as_the_record_is_valid(bool isWrong, bool isStale, ChecksumPolicy policy, string? code)
    {
        var crc = new Crc64();
        crc.Append(File.ReadAllBytes(_replica["volume-snap-s1.img"]));
        WriteRecord(isWrong ? 1 : crc.Value, isStale, isCorrupt: false);
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { Checksums = policy });
        opened.Judgement.Findings.Select(finding => finding.Code).ShouldBe(code is null ? [] : [code]);
        opened.IsRecoverable.ShouldBe(code != SalvageCode.SnapshotCorrupted);
    }

    [Fact]
    public void A_snapshot_the_engine_found_corrupt_is_refused()
    {
        WriteRecord(1, isStale: true, isCorrupt: true);
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { Checksums = ChecksumPolicy.Never });
        opened.Judgement.Refusal!.Code.ShouldBe(SalvageCode.SnapshotCorrupted);
    }

    private void WriteRecord(ulong checksum, bool isStale, bool isCorrupt)
    {
        var status = ReadOnlyDirectory.StatusOf(_replica["volume-snap-s1.img"])!.Value;
        var time = DateTimeOffset.FromUnixTimeSeconds(status.ChangedSeconds - (isStale ? 60 : 0));
        var fraction = $"{status.ChangedNanoseconds:D9}".TrimEnd('0');
        var text = $"{time:yyyy-MM-dd HH:mm:ss}{(fraction.Length > 0 ? "." + fraction : string.Empty)} +0000 UTC";
        File.WriteAllText(
            _replica["volume-snap-s1.img.checksum"],
            $$"""{"method":"crc64","checksum":"{{checksum:x16}}","change_time":"{{text}}","last_hashed_at":"2026-01-01T00:00:00Z","silently_corrupted":{{(isCorrupt ? "true" : "false")}}}""");
    }
}
