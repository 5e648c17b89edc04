using System.Globalization;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Replicas;

/// <summary>Every guard, seen to close.</summary>
public sealed class JudgingTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ReplicaBuilder _replica;

    public JudgingTests() => _replica = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2), (7, 9)], [(0, 3), (2, 3)]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_dirty_replica_is_recoverable()
    {
        var judgement = Judge();
        judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable, string.Join(", ", judgement.Findings));
        judgement.Chain.Select(layer => layer.Name).ShouldBe(ReplicaBuilder.Names(3));
        judgement.Name.ShouldBe(new ReplicaName("pvc-test", "0123abcd"));
        judgement.RevisionCounter.ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x\0")]
    [InlineData("pvc-0123ABCD")]
    [InlineData("pvc-0123abcde")]
    [InlineData("0123abcd")]
    [InlineData("-0123abcd")]
    public void Other_names_are_not_replicas(string name) => ReplicaName.TryParse(name, out _).ShouldBeFalse();

    [Fact]
    public void The_volume_name_may_end_like_a_suffix()
    {
        ReplicaName.TryParse("pvc-11111111-22222222", out var name).ShouldBeTrue();
        name.ShouldBe(new ReplicaName("pvc-11111111", "22222222"));
    }

    [Theory]
    [InlineData("{", "BS5011")]
    [InlineData("", "BS5011")]
    [InlineData("null", "BS5011")]
    [InlineData("[]", "BS5011")]
    [InlineData("\"text\"", "BS5011")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-000.i", "BS5011")]
    [InlineData("{\"Size\":4194304,\"Head\":7}", "BS5011")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-000.img\",\"Rebuilding\":\"no\"}", "BS5011")]
    [InlineData("{\"Size\":4194304,\"Head\":\"\\ud800\"}", "BS5011")]
    [InlineData("{\"Size\":0,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":-4096,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":4194305,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":\"4194304\",\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":4194304.5,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":9223372036854775808,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":1e400,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":9223372036854775296,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":4611686018427388416,\"Head\":\"volume-head-000.img\"}", "BS5012")]
    [InlineData("{\"Size\":4611686018427387904,\"Head\":\"volume-head-000.img\"}", "BS5020")]
    [InlineData("{\"Size\":8388608,\"Head\":\"volume-head-000.img\"}", "BS5020")]
    [InlineData("{\"Size\":2097152,\"Head\":\"volume-head-000.img\"}", "BS5020")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-000.img\",\"Rebuilding\":true}", "BS5013")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-000.img\",\"Error\":\"disk I\\u001b[31mO\"}", "BS5014")]
    [InlineData("{\"Size\":4194304}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-snap-s1.img\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"../volume-head-000.img\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"/etc/passwd\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-000.img\\u0000\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-000.img\\n\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-00.img\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-\u0661\u0662\u0663.img\"}", "BS5015")]
    [InlineData("{\"Size\":4194304,\"Head\":\"volume-head-007.img\"}", "BS5018")]
    public void Volume_metadata_is_refused(string content, string code)
    {
        // An empty file is a case of its own: the engine concludes the head from the names.
        File.WriteAllText(_replica["volume.meta"], content.Length == 0 ? "\0\0\0\0" : content);
        ShouldRefuse(code, content.Contains("Size", StringComparison.Ordinal) && code is "BS5018" or "BS5020" ? "volume-head" : "volume.meta");
    }

    [Theory]
    [InlineData("{\"size\":4194304,\"HEAD\":\"volume-head-000.img\"} trailing \0\0")]
    [InlineData(" \n{\"Size\":1,\"Size\":4194304,\"Head\":\"volume-head-000.img\",\"Unknown\":{\"a\":[1,2]},\"Error\":null}")]
    public void Volume_metadata_is_decoded_as_the_engine_does(string content)
    {
        File.WriteAllText(_replica["volume.meta"], content);
        Judge().Verdict.ShouldBe(ReplicaVerdict.Recoverable);
    }

    [Fact]
    public void Huge_metadata_is_refused_unread()
    {
        using (var handle = File.OpenHandle(_replica["volume.meta"], FileMode.Create, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 1L << 40);
        }

        ShouldRefuse(SalvageCode.MetadataInvalid, "volume.meta");
    }

    [Fact]
    public void Deeply_nested_metadata_is_refused()
    {
        File.WriteAllText(_replica["volume.meta"], new string('[', 100_000));
        ShouldRefuse(SalvageCode.MetadataInvalid, "volume.meta");
    }

    [Theory]
    [InlineData("volume-snap-s2.img", "BS5016")]
    [InlineData("volume-snap-s1.img", "BS5016")]
    [InlineData("volume-head-000.img", "BS5015")]
    [InlineData("../pvc-test-0123abcd/volume-snap-s1.img", "BS5015")]
    [InlineData("/volume-snap-s1.img", "BS5015")]
    [InlineData("volume-snap-../../etc.img", "BS5015")]
    [InlineData("volume-snap-.img", "BS5015")]
    [InlineData("volume-snap-lost.img", "BS5018")]
    public void A_parent_that_leads_elsewhere_is_refused(string parent, string code)
    {
        _replica.WriteLayerMetadata("volume-snap-s1.img", parent);
        ShouldRefuse(code, code == "BS5018" ? "volume-snap-lost.img" : "volume-snap-s1.img.meta");
    }

    [Fact]
    public void A_chain_of_250_layers_is_read_and_one_of_251_refused()
    {
        var longest = new ReplicaBuilder(_folder, suffix: "aaaaaaaa", size: 2 << 20).WithLayers([.. Enumerable.Range(0, 250).Select(i => new[] { ((long)i, (byte)(i + 1)) })]);
        using (var opened = OpenedReplica.Open(longest.Path))
        {
            opened.Judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable);
            opened.Volume.CountData(TestContext.Current.CancellationToken).ShouldBe(250 * ReplicaBuilder.Block);
        }

        var longer = new ReplicaBuilder(_folder, suffix: "bbbbbbbb", size: 2 << 20).WithLayers([.. Enumerable.Range(0, 251).Select(i => new[] { ((long)i, (byte)1) })]);
        using var refused = OpenedReplica.Open(longer.Path);
        refused.Judgement.Refusal!.Code.ShouldBe(SalvageCode.ChainTooLong);
    }

    [Theory]
    [InlineData("volume-snap-s2.img")]
    [InlineData("volume-snap-s2.img.meta")]
    [InlineData("volume-head-000.img")]
    [InlineData("volume-snap-s1.img.meta")]
    public void A_missing_file_of_the_chain_is_refused(string name)
    {
        File.Delete(_replica[name]);
        ShouldRefuse(SalvageCode.LayerMissing, name);
        File.Exists(_replica[name]).ShouldBeFalse();
    }

    [Theory]
    [InlineData("volume-snap-s2.img")]
    [InlineData("volume-snap-s1.img.meta")]
    [InlineData("volume-head-000.img")]
    [InlineData("volume.meta")]
    public void A_link_in_place_of_a_file_is_refused(string name)
    {
        File.Move(_replica[name], _folder["elsewhere"]);
        File.CreateSymbolicLink(_replica[name], _folder["elsewhere"]);
        ShouldRefuse(SalvageCode.NotARegularFile, name, "symbolic link");
    }

    [Theory]
    [InlineData("volume-snap-s2.img")]
    [InlineData("volume-snap-s2.img.meta")]
    [InlineData("volume.meta")]
    public async Task A_fifo_in_place_of_a_file_is_refused_at_once(string name)
    {
        File.Delete(_replica[name]);
        await Tool.RunAsync("mkfifo", _replica[name]);
        ShouldRefuse(SalvageCode.NotARegularFile, name, "FIFO");
    }

    [Fact]
    public void A_directory_in_place_of_an_image_is_refused()
    {
        File.Delete(_replica["volume-snap-s1.img"]);
        Directory.CreateDirectory(_replica["volume-snap-s1.img"]);
        ShouldRefuse(SalvageCode.NotARegularFile, "volume-snap-s1.img", "a directory");
    }

    [Theory]
    [InlineData("volume-snap-s1.img", 0)]
    [InlineData("volume-snap-s1.img", 4097)]
    [InlineData("volume-snap-s1.img", 8 << 20)]
    [InlineData("volume-head-000.img", 2 << 20)]
    [InlineData("volume-head-000.img", (4 << 20) + 4096)]
    public void A_length_that_does_not_fit_is_refused(string name, long length)
    {
        _replica.WriteImage(name, length, [.. length > 4096 ? new[] { (0L, (byte)1) } : []]);
        using (var handle = File.OpenHandle(_replica[name], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, length);
        }

        ShouldRefuse(SalvageCode.LayerLengthInvalid, name);
    }

    [Fact]
    public void Layers_without_any_data_are_refused_unless_accepted()
    {
        var empty = new ReplicaBuilder(_folder, suffix: "aaaaaaaa").WithLayers([], []);
        using (var refused = OpenedReplica.Open(empty.Path))
        {
            refused.Judgement.Refusal!.Code.ShouldBe(SalvageCode.Empty);
            refused.IsRecoverable.ShouldBeFalse();
            Should.Throw<SalvageException>(() => refused.Volume).Code.ShouldBe(SalvageCode.Empty);
        }

        using var accepted = OpenedReplica.Open(empty.Path, new JudgingOptions { Accepted = [SalvageCode.Empty] });
        accepted.Judgement.Verdict.ShouldBe(ReplicaVerdict.RecoverableWithWarning);
        accepted.Volume.CountData(TestContext.Current.CancellationToken).ShouldBe(0);
    }

    [Fact]
    public void What_cannot_be_accepted_stays_refused()
    {
        File.Delete(_replica["volume-snap-s2.img"]);
        using var opened = OpenedReplica.Open(_replica.Path, new JudgingOptions { Accepted = [SalvageCode.LayerMissing] });
        opened.IsRecoverable.ShouldBeFalse();
    }

    [Theory]
    [InlineData("volume-delta-backup-1.img")]
    [InlineData("volume-snap-x.img.snap_tmp")]
    [InlineData("volume-snap-x.img")]
    public void An_unfinished_restore_is_refused(string name)
    {
        _replica.WriteImage(name, _replica.Size, (3, 3));
        ShouldRefuse(SalvageCode.RestoreUnfinished, name);
    }

    [Fact]
    public async Task Leftovers_of_a_crash_are_harmless()
    {
        _replica.WriteImage("volume-head-001.img", 8 << 20);
        await File.WriteAllTextAsync(_replica["volume.meta.tmp"], "{\"Si", TestContext.Current.CancellationToken);
        await Tool.RunAsync("ln", _replica["volume-head-000.img"], _replica["volume-snap-new.img"]);
        var judgement = Judge();
        judgement.Verdict.ShouldBe(ReplicaVerdict.Recoverable);
        judgement.Findings.ShouldAllBe(finding => finding.Kind == FindingKind.Note && finding.Code == SalvageCode.Leftovers);
        judgement.Findings.Count.ShouldBe(3);
    }

    [Fact]
    public void Damaged_metadata_outside_the_chain_is_a_warning()
    {
        File.WriteAllText(_replica["volume-snap-stray.img.meta"], "\0\0");
        var judgement = Judge();
        judgement.Verdict.ShouldBe(ReplicaVerdict.RecoverableWithWarning);
        judgement.Warnings.Single().Code.ShouldBe(SalvageCode.StrayMetadataInvalid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_volume_metadata_the_only_head_counts_with_a_warning(bool isEmpty)
    {
        File.Delete(_replica["volume.meta"]);
        if (isEmpty)
        {
            File.WriteAllText(_replica["volume.meta"], string.Empty);
        }

        var judgement = Judge();
        judgement.Verdict.ShouldBe(ReplicaVerdict.RecoverableWithWarning);
        judgement.Warnings.Single().Code.ShouldBe(SalvageCode.VolumeMetadataConcluded);
        judgement.Metadata!.Size.ShouldBe(_replica.Size);
    }

    [Fact]
    public void Without_volume_metadata_two_heads_are_refused()
    {
        File.Delete(_replica["volume.meta"]);
        _replica.WriteImage("volume-head-001.img", _replica.Size);
        ShouldRefuse(SalvageCode.VolumeMetadataMissing, "volume.meta");
    }

    [Fact]
    public void Layers_without_holes_are_refused()
    {
        var full = Enumerable.Range(0, 512).Select(block => ((long)block, (byte)block)).ToArray();
        var dense = new ReplicaBuilder(_folder, suffix: "aaaaaaaa", size: 2 << 20).WithLayers(full, full);
        using var refused = OpenedReplica.Open(dense.Path);
        refused.Judgement.Refusal!.Code.ShouldBe(SalvageCode.HolesLost);
    }

    [Fact]
    public async Task Preallocated_ranges_hide_what_is_below_and_are_told()
    {
        await Tool.RunAsync("fallocate", "-o", "8192", "-l", "4096", _replica["volume-head-000.img"]);
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.Judgement.Warnings.Single().Code.ShouldBe(SalvageCode.PreallocatedRanges);
        var block = new byte[ReplicaBuilder.Block];
        opened.Volume.Read(8192, block);
        block.ShouldAllBe(value => value == 0);
    }

    [Theory]
    [InlineData("12", 12L, true)]
    [InlineData("x", null, false)]
    [InlineData("-1", null, false)]
    [InlineData("99999999999999999999", null, false)]
    public void The_revision_counter_is_read_or_told_as_unreadable(string text, long? value, bool isFine)
    {
        File.WriteAllText(_replica["revision.counter"], text.PadRight(4096, '\0'));
        var judgement = Judge();
        judgement.RevisionCounter.ShouldBe(value);
        judgement.Verdict.ShouldBe(isFine ? ReplicaVerdict.Recoverable : ReplicaVerdict.RecoverableWithWarning);
    }

    [Fact]
    public void Directories_that_cannot_be_opened_are_refused()
    {
        File.CreateSymbolicLink(_folder["pvc-link-0123abcd"], _replica.Path);
        File.WriteAllText(_folder["pvc-file-0123abcd"], "x");
        foreach (var name in new[] { "pvc-link-0123abcd", "pvc-file-0123abcd", "pvc-none-0123abcd" })
        {
            using var opened = OpenedReplica.Open(_folder[name]);
            opened.Judgement.Refusal!.Code.ShouldBe(SalvageCode.DirectoryUnreadable);
            opened.Judgement.Refusal.Reason.ShouldContain(name);
        }
    }

    [Fact]
    public void A_renamed_directory_is_refused_unless_accepted()
    {
        Directory.Move(_replica.Path, _folder["copy"]);
        using var refused = OpenedReplica.Open(_folder["copy"]);
        refused.Judgement.Refusal!.Code.ShouldBe(SalvageCode.NotAReplicaName);
        using var accepted = OpenedReplica.Open(_folder["copy"] + "/", new JudgingOptions { Accepted = [SalvageCode.NotAReplicaName] });
        accepted.IsRecoverable.ShouldBeTrue();
    }

    [Fact]
    public async Task A_replica_that_is_written_to_is_refused_and_one_that_is_read_is_not()
    {
        var cancellation = TestContext.Current.CancellationToken;
        foreach (var (redirection, isRefused) in new[] { ("<>", true), ("<", false) })
        {
            using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh")
            {
                ArgumentList = { "-c", $"exec 3{redirection}\"$0\"; echo open; read wait", _replica["volume-head-000.img"] },
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            (await other.StandardOutput.ReadLineAsync(cancellation)).ShouldBe("open");
            using var opened = OpenedReplica.Open(_replica.Path);
            opened.IsRecoverable.ShouldBe(!isRefused);
            if (isRefused)
            {
                opened.Judgement.Refusal!.Code.ShouldBe(SalvageCode.InUse);
                opened.Judgement.Refusal.Reason.ShouldContain(other.Id.ToString(CultureInfo.InvariantCulture));

                // The table that is given counts, whatever is open now.
                using var asGiven = OpenedReplica.Open(_replica.Path, new JudgingOptions { OpenFiles = Blackstart.Longhorn.Files.OpenFileTable.Empty });
                asGiven.IsRecoverable.ShouldBeTrue();
            }

            other.StandardInput.Close();
            await other.WaitForExitAsync(cancellation);
        }
    }

    [Fact]
    public async Task A_layer_that_shrinks_while_it_is_read_is_told()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        var buffer = new byte[ReplicaBuilder.Block];
        await opened.Volume.ReadAsync(7 * ReplicaBuilder.Block, buffer, TestContext.Current.CancellationToken);
        using (var handle = File.OpenHandle(_replica["volume-snap-s2.img"], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 512);
        }

        var failure = await Should.ThrowAsync<SalvageException>(() => opened.Volume.ReadAsync(7 * ReplicaBuilder.Block, buffer, TestContext.Current.CancellationToken));
        failure.Code.ShouldBe(SalvageCode.ReadFailed);
        failure.Reason.ShouldContain("volume-snap-s2.img");
    }

    [Fact]
    public void Every_code_is_unique_and_says_what_to_do()
    {
        var codes = typeof(SalvageCode).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToList();
        codes.ShouldBeUnique();
        codes.ShouldAllBe(code => code.StartsWith("BS50", StringComparison.Ordinal) && SalvageCode.RemedyOf(code).Length > 10);
    }

    private ReplicaJudgement Judge()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        return opened.Judgement;
    }

    private void ShouldRefuse(string code, params string[] named)
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        opened.IsRecoverable.ShouldBeFalse();
        opened.Judgement.Refusal!.Code.ShouldBe(code, opened.Judgement.Refusal.Reason);
        foreach (var name in named)
        {
            opened.Judgement.Refusal.Reason.ShouldContain(name);
        }

        opened.Judgement.Refusal.Reason.ShouldNotContain('\u001b');
    }
}
