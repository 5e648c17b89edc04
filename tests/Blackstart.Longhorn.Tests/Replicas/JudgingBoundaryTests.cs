using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Replicas;

/// <summary>Where each rule of judging begins and ends: the last value that passes beside the first that does not.</summary>
public sealed class JudgingBoundaryTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    public JudgingBoundaryTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2), (7, 9)], [(0, 3), (2, 3)]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(512, false)]
    [InlineData(511, true)]
    [InlineData(4096, true)]
    [InlineData(-512, true)]
    public void A_sector_size_is_unusual_unless_it_is_512_or_absent(int sectors, bool isTold)
    {
        _replica.WithVolumeMetadata(metadata => metadata["SectorSize"] = sectors);
        ShouldWarn(Judge(), isTold ? SalvageCode.MetadataUnusual : null);
    }

    [Theory]
    [InlineData(2 << 20, false)]
    [InlineData((2 << 20) + 512, true)]
    [InlineData(512, true)]
    public void A_size_is_unusual_unless_it_is_in_steps_of_2_MiB_and_the_head_may_end_with_its_block(int size, bool isTold)
    {
        foreach (var head in new[] { size, (size + 4095) / 4096 * 4096 })
        {
            var replica = new ReplicaBuilder(_replica, $"{head:x8}", size);
            replica.WriteImage("volume-head-000.img", head, (0, 1));
            using (var handle = File.OpenHandle(replica["volume-head-000.img"], FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.SetLength(handle, head);
            }

            replica.WriteLayerMetadata("volume-head-000.img", string.Empty);
            replica.WithVolumeMetadata();
            using var opened = OpenedReplica.Open(replica.Path);
            ShouldWarn(opened.Judgement, isTold ? SalvageCode.MetadataUnusual : null);
            opened.Volume.Size.ShouldBe(size);
            opened.Volume.CountData(TestContext.Current.CancellationToken).ShouldBe(Math.Min(size, 4096));
        }
    }

    [Theory]
    [InlineData("volume-snap-s2.img.meta", 1 << 20, null)]
    [InlineData("volume-snap-s2.img.meta", (1 << 20) + 1, "BS5011")]
    [InlineData("volume.meta", 1 << 20, null)]
    [InlineData("volume.meta", (1 << 20) + 1, "BS5011")]
    public void Metadata_may_be_of_1_MiB(string name, int length, string? code)
    {
        File.WriteAllText(_replica[name], File.ReadAllText(_replica[name]).PadRight(length));
        Judge().Refusal?.Code.ShouldBe(code);
        (Judge().Refusal is null).ShouldBe(code is null);
    }

    [Theory]
    [InlineData(4096, 5L)]
    [InlineData(4097, null)]
    public void The_counter_may_be_of_4096_bytes(int length, long? value)
    {
        File.WriteAllText(_replica["revision.counter"], "5".PadRight(length, '\0'));
        Judge().RevisionCounter.ShouldBe(value);
        ShouldWarn(Judge(), value is null ? SalvageCode.RevisionCounterUnreadable : null);
    }

    [Fact]
    public void The_largest_counter_is_a_number_and_one_more_is_none()
    {
        File.WriteAllText(_replica["revision.counter"], "9223372036854775807");
        Judge().RevisionCounter.ShouldBe(long.MaxValue);
        File.WriteAllText(_replica["revision.counter"], "0");
        Judge().RevisionCounter.ShouldBe(0);
    }

    [Fact]
    public void The_newest_write_is_the_heads_and_every_layer_is_told_as_it_lies()
    {
        var written = new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_replica["volume-head-000.img"], written);
        File.SetLastWriteTimeUtc(_replica["volume-snap-s2.img"], written.AddDays(1));
        var judgement = Judge();
        judgement.NewestWrite.ShouldBe(new DateTimeOffset(written));
        judgement.Chain.Select(layer => layer.Length).ShouldAllBe(length => length == _replica.Size);
        judgement.Chain.Select(layer => layer.Allocated).ShouldBe([4096, 8192, 8192]);
        judgement.Chain[1].Modified.ShouldBe(new DateTimeOffset(written.AddDays(1)));
        judgement.Chain.ShouldAllBe(layer => layer.UserCreated && !layer.Removed && layer.Created == "2026-01-02T03:04:05Z");
    }

    [Fact]
    public async Task What_two_names_have_in_common_counts_once()
    {
        var before = Judge().Allocated;
        before.ShouldBeGreaterThanOrEqualTo(5 * 4096);
        await Tool.RunAsync("ln", _replica["volume-snap-s1.img"], _replica["volume-snap-again.img"]);
        Judge().Allocated.ShouldBe(before);
    }

    [Fact]
    public void A_chain_that_breaks_is_told_as_far_as_it_goes()
    {
        File.Delete(_replica["volume-snap-s2.img"]);
        var judgement = Judge();
        judgement.Chain.Select(layer => layer.Name).ShouldBe(["volume-head-000.img", "volume-snap-s2.img"]);
        judgement.Chain[1].ShouldBe(new LayerSummary("volume-snap-s2.img", 0, 0, string.Empty, UserCreated: false, Removed: false, DateTimeOffset.UnixEpoch));
        judgement.Chain[0].Length.ShouldBe(_replica.Size);
    }

    [Fact]
    public void Refusals_come_before_warnings_and_those_before_notes()
    {
        File.WriteAllText(_replica["a.tmp"], "x");
        File.WriteAllText(_replica["b.meta"], "x");
        File.WriteAllText(_replica["volume-delta-c.img"], "x");
        var judgement = Judge();
        judgement.Findings.Select(finding => finding.Kind).ShouldBe([FindingKind.Refusal, FindingKind.Warning, FindingKind.Note]);
        judgement.Verdict.ShouldBe(ReplicaVerdict.Refused);
    }

    [Fact]
    public void A_single_layer_without_a_hole_is_fine()
    {
        var replica = new ReplicaBuilder(_replica, "aaaaaaaa", 2 << 20).WithLayers([.. Enumerable.Range(0, 512).Select(block => ((long)block, (byte)1))]);
        using var opened = OpenedReplica.Open(replica.Path);
        opened.Judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    [InlineData(511)]
    public void One_hole_in_one_layer_is_enough(int hole)
    {
        var full = Enumerable.Range(0, 512).Select(block => ((long)block, (byte)1)).ToArray();
        var replica = new ReplicaBuilder(_replica, "aaaaaaaa", 2 << 20).WithLayers(full, [.. full.Where(block => block.Item1 != hole)]);
        using var opened = OpenedReplica.Open(replica.Path);
        opened.Judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable);
    }

    [Theory]
    [InlineData("volume-snap-s1.img", null)]
    [InlineData("volume-snap-s2.img", "BS5062")]
    [InlineData("volume-head-000.img", "BS5062")]
    public async Task Preallocated_ranges_matter_above_the_lowest_layer(string name, string? code)
    {
        await Tool.RunAsync("fallocate", "-o", "40960", "-l", "4096", _replica[name]);
        ShouldWarn(Judge(), code);
    }

    [Fact]
    public void A_lower_layer_may_be_as_short_as_a_sector()
    {
        using (var handle = File.OpenHandle(_replica["volume-snap-s1.img"], FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 512);
        }

        Judge().Refusal.ShouldBeNull();
        using (var handle = File.OpenHandle(_replica["volume-snap-s1.img"], FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 511);
        }

        Judge().Refusal!.Code.ShouldBe(SalvageCode.LayerLengthInvalid);
    }

    [Fact]
    public void The_checksum_of_a_head_is_not_looked_at()
    {
        File.WriteAllText(_replica["volume-head-000.img.checksum"], """{"method":"crc64","checksum":"0000000000000000","change_time":"","silently_corrupted":true}""");
        Judge().Verdict.ShouldBe(ReplicaVerdict.Recoverable);
        File.Move(_replica["volume-head-000.img.checksum"], _replica["volume-snap-s1.img.checksum"]);
        Judge().Refusal!.Code.ShouldBe(SalvageCode.SnapshotCorrupted);
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(201, true)]
    public void A_long_error_is_cut(int length, bool isCut)
    {
        _replica.WithVolumeMetadata(metadata => metadata["Error"] = new string('e', length));
        Judge().Refusal!.Reason.Contains('…', StringComparison.Ordinal).ShouldBe(isCut);
    }

    [Fact]
    public void Layers_without_data_are_refused_whatever_else_is_told()
    {
        var replica = new ReplicaBuilder(_replica, "aaaaaaaa", 2 << 20).WithLayers([], []).WithVolumeMetadata(metadata => metadata["SectorSize"] = 4096);
        using var opened = OpenedReplica.Open(replica.Path);
        opened.Judgement.Findings.Select(finding => finding.Code).ShouldBe([SalvageCode.Empty, SalvageCode.MetadataUnusual]);
    }

    [Fact]
    public void What_is_concluded_of_a_replica_without_metadata_is_the_worst_that_is_likely()
    {
        File.Delete(_replica["volume.meta"]);
        Judge().Metadata.ShouldBe(new ReplicaMetadata(_replica.Size, "volume-head-000.img", Dirty: true, Rebuilding: false, string.Empty, 512, string.Empty, Encrypted: false));
    }

    [Theory]
    [InlineData("volume-snap-s1.img.meta", "volume-snap-s2.img", "BS5016", "leads back")]
    [InlineData("volume-snap-s1.img.meta", "volume-head-000.img", "BS5015", "of a snapshot")]
    [InlineData("volume.meta", "volume-snap-s1.img", "BS5015", "of a head")]
    [InlineData("volume-snap-s1.img.meta", "volume-snap-none.img", "BS5018", "layer volume-snap-none.img")]
    public void A_chain_that_cannot_be_followed_is_not_judged_further(string name, string leadsTo, string code, string reason)
    {
        File.WriteAllText(_replica["a.tmp"], "x");
        if (name == "volume.meta")
        {
            _replica.WithVolumeMetadata(metadata => metadata["Head"] = leadsTo);
        }
        else
        {
            _replica.WriteLayerMetadata("volume-snap-s1.img", leadsTo);
        }

        var finding = Judge().Findings.ShouldHaveSingleItem();
        finding.Code.ShouldBe(code);
        finding.Reason.ShouldContain(reason);
    }

    [Fact]
    public void A_chain_that_is_too_long_is_not_judged_further()
    {
        var replica = new ReplicaBuilder(_replica, "aaaaaaaa", 2 << 20).WithLayers([.. Enumerable.Repeat(Array.Empty<(long, byte)>(), 251)]);
        File.WriteAllText(replica["a.tmp"], "x");
        using var opened = OpenedReplica.Open(replica.Path);
        opened.Judgement.Findings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.ChainTooLong);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(512, "BS5031")]
    public void A_backing_image_may_be_as_large_as_the_volume(int more, string? code)
    {
        var image = _folder["base"];
        File.WriteAllBytes(image, new byte[_replica.Size + more]);
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { BackingImage = image });
        opened.Judgement.Refusal?.Code.ShouldBe(code);
        opened.IsRecoverable.ShouldBe(code is null);
    }

    [Fact]
    public async Task Where_no_extent_map_is_at_hand_nothing_is_read()
    {
        var folder = Path.Combine("/dev/shm", Guid.NewGuid().ToString("N"));
        if (!Directory.Exists("/dev/shm") || new DriveInfo("/dev/shm").DriveFormat != "tmpfs")
        {
            return;
        }

        Directory.CreateDirectory(folder);
        try
        {
            await Tool.RunAsync("cp", "-r", _replica.Path, folder);
            using var opened = OpenedReplica.Open(Path.Combine(folder, Path.GetFileName(_replica.Path)));
            opened.Judgement.Findings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.NoExtentMap);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_name_is_as_long_as_a_file_system_takes_it_with_its_metadata()
    {
        LayerName.IsHead($"volume-head-{new string('1', 239)}.img").ShouldBeTrue();
        LayerName.IsHead($"volume-head-{new string('1', 240)}.img").ShouldBeFalse();
        LayerName.IsSnapshot($"volume-snap-{new string('a', 234)}.img").ShouldBeTrue();
        LayerName.IsSnapshot($"volume-snap-{new string('a', 235)}.img").ShouldBeFalse();
    }

    [Fact]
    public void Judging_ends_when_it_is_stopped()
    {
        var stopped = new CancellationToken(canceled: true);
        Should.Throw<OperationCanceledException>(() => ReplicaDirectory.Open(_replica.Path, null, stopped));
        using var opened = OpenedReplica.Open(_replica.Path);
        Should.Throw<OperationCanceledException>(() => opened.ViewOf("s2", stopped));
        Should.Throw<OperationCanceledException>(() => SnapshotChecksum.Compute(opened.Chain.Layers[0], stopped));
    }

    [Fact]
    public void Where_no_file_is_the_path_is_not_taken()
    {
        Should.Throw<ArgumentException>(() => ReplicaDirectory.Open(string.Empty, null, TestContext.Current.CancellationToken));
        Should.Throw<ArgumentNullException>(() => ReplicaName.TryParse(null!, out _)).ParamName.ShouldBe("directoryName");
        new ReplicaName("pvc-a", "0123abcd").ToString().ShouldBe("pvc-a-0123abcd");
    }

    [Fact]
    public void Control_characters_are_shown_as_question_marks()
    {
        _replica.WithVolumeMetadata(metadata => metadata["Error"] = "a\u001b[31mb\n");
        Judge().Refusal!.Reason.ShouldEndWith("\"a?[31mb?\"");
    }

    [Fact]
    public void One_writer_is_told_and_only_the_first()
    {
        File.WriteAllText(_replica["a.tmp"], "x");
        using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh")
        {
            ArgumentList = { "-c", "exec 3<>\"$0\" 4<>\"$1\"; echo open; read wait", _replica["volume-head-000.img"], _replica["volume-snap-s1.img"] },
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        other.StandardOutput.ReadLine().ShouldBe("open");
        Judge().Findings.Count(finding => finding.Code == SalvageCode.InUse).ShouldBe(1);
        other.StandardInput.Close();
        other.WaitForExit();
        Judge().Refusal.ShouldBeNull();
    }

    private static void ShouldWarn(ReplicaJudgement judgement, string? code)
    {
        judgement.Refusal.ShouldBeNull();
        judgement.Warnings.Select(warning => warning.Code).ShouldBe(code is null ? [] : [code]);
    }

    private ReplicaJudgement Judge()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        return opened.Judgement;
    }
}
