using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Tests.Hostile;

/// <summary>Metadata of every wrong kind: one refusal that names the file, never an exception and never another volume.</summary>
public sealed class HostileMetadataTests : IDisposable
{
    private readonly HostileReplica _replica = new();

    public static TheoryData<string> MetadataFiles() => ["volume.meta", "volume-head-000.img.meta", "volume-snap-s2.img.meta", "volume-snap-s1.img.meta"];

    public static TheoryData<string, string, string> Values()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var number in new[] { "9223372036854775808", "-9223372036854775809", "1e400", "4194304.0", "4.194304e6", "-4194304", "\"4194304\"", "true", "[4194304]", "{}", "0", "511", "4611686018427388416", "9223372036854775807", "9223372036854775296" })
        {
            data.Add("volume.meta", $$"""{"Size":{{number}},"Head":"volume-head-000.img"}""", "BS5012");
        }

        foreach (var name in new[] { "7", "null", "[]", "\"\"", "\"..\"", "\"../volume-head-000.img\"", "\"/etc/shadow\"", "\"volume-head-000.img/\"", "\"volume-head-000.img\\u0000.img\"", "\"volume-head-000.img\\n\"", "\"./volume-head-000.img\"", "\"\\ud800\"", "\"volume-snap-s1.img\"", $"\"{new string('a', 5000)}\"", $"\"volume-head-{new string('0', 300)}.img\"" })
        {
            data.Add("volume.meta", $$"""{"Size":4194304,"Head":{{name}}}""", name is "7" or "[]" or "\"\\ud800\"" || name.Length > 4096 ? "BS5011" : "BS5015");
        }

        foreach (var parent in new[] { "\"../x.img\"", "\"/volume-snap-s1.img\"", "\"volume-snap-a/b.img\"", "\"volume-snap-\\u0000.img\"", "\"volume-head-000.img\"", "\"volume-snap-s1.img\\r\\n\"", "\"volume-snap-\\u001b[2J.img\"", "\"volume-snap-\u202e.img\"", $"\"volume-snap-{new string('a', 300)}.img\"" })
        {
            data.Add("volume-snap-s2.img.meta", $$"""{"Parent":{{parent}}}""", "BS5015");
        }

        foreach (var value in new[] { "{\"Parent\":7}", "{\"Parent\":\"\",\"Removed\":1}", "{\"Parent\":\"\",\"UserCreated\":\"true\"}", "{\"Parent\":\"\",\"Created\":0}", "[]", "7", "\"text\"", "true", "null", "{", "{\"Parent\":", "{\"Parent\":\"\"", "{\"Parent\":\"\\x\"}", "{'Parent':''}", "\uFEFF{}", "{\"Parent\":\"\",}", "// none\n{}", "NaN" })
        {
            data.Add("volume-snap-s2.img.meta", value, "BS5011");
        }

        return data;
    }

    public void Dispose() => _replica.Dispose();

    [Theory]
    [MemberData(nameof(MetadataFiles))]
    public void Metadata_cut_off_at_any_byte_is_refused_or_means_the_same(string name)
    {
        var whole = File.ReadAllBytes(_replica[name]);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_replica[name], whole[..length]);
            var judgement = _replica.Judge();
            if (length == 0 && name == "volume.meta")
            {
                // As after a power cut; the engine takes the only head then.
                judgement.Warnings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.VolumeMetadataConcluded);
                continue;
            }

            judgement.Refusal!.Code.ShouldBe(SalvageCode.MetadataInvalid, $"{length} bytes");
            judgement.Refusal.Reason.ShouldContain(name);
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_wrong_value_is_refused(string name, string content, string code)
    {
        File.WriteAllText(_replica[name], content);
        _replica.ShouldBeRefused(code, name);
    }

    [Theory]
    [MemberData(nameof(MetadataFiles))]
    public void Metadata_of_2_GiB_is_refused_unread(string name)
    {
        _replica.MakeSparse(name, 2L << 30, "{\"Size\":4194304}"u8);
        _replica.ShouldBeRefused(SalvageCode.MetadataInvalid, name, "2147483648");
    }

    [Theory]
    [MemberData(nameof(MetadataFiles))]
    public void Metadata_that_is_no_text_is_refused(string name)
    {
        byte[][] contents =
        [
            new byte[1], new byte[4096], [0xFF, 0xFE, (byte)'{', (byte)'}'], [.. "{\"Parent\":\""u8, 0xC3, 0x28, .. "\",\"Head\":\""u8, 0xC3, 0x28, .. "\"}"u8],
            [.. "{\"Size\":4194304,\""u8, 0xFF, .. "\":1,\"Head\":\"volume-head-000.img\"}"u8], [.. new byte[1024], .. "{}"u8], [.. Enumerable.Repeat((byte)'[', 1 << 20)],
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))),
        ];
        foreach (var content in contents)
        {
            File.WriteAllBytes(_replica[name], content);
            _replica.ShouldBeRefused(SalvageCode.MetadataInvalid, name);
        }
    }

    [Fact]
    public void Of_a_key_that_occurs_twice_the_last_counts_as_for_the_engine()
    {
        File.WriteAllText(_replica["volume-snap-s2.img.meta"], """{"Parent":"volume-snap-lost.img","parent":"volume-snap-s1.img"}""");
        _replica.Judge().Chain.Count.ShouldBe(3);
        File.WriteAllText(_replica["volume-snap-s2.img.meta"], """{"Parent":"volume-snap-s1.img","PARENT":"volume-snap-lost.img"}""");
        _replica.ShouldBeRefused(SalvageCode.LayerMissing, "volume-snap-lost.img");
    }

    [Theory]
    [InlineData("volume-head-000.img.meta", "volume-snap-s2.img", "volume-snap-s2.img.meta", "volume-snap-s2.img")]
    [InlineData("volume-snap-s2.img.meta", "volume-snap-s1.img", "volume-snap-s1.img.meta", "volume-snap-s2.img")]
    public void A_chain_that_bites_its_tail_is_refused(string first, string to, string second, string back)
    {
        File.WriteAllText(_replica[first], $$"""{"Parent":"{{to}}"}""");
        File.WriteAllText(_replica[second], $$"""{"Parent":"{{back}}"}""");
        _replica.ShouldBeRefused(SalvageCode.ChainCyclic, second, back);
    }

    [Fact]
    public void Remarks_at_their_largest_are_not_kept_whole()
    {
        var remark = new string('x', 900_000);
        File.WriteAllText(_replica["volume-snap-s2.img.meta"], new JsonObject { ["Parent"] = "volume-snap-s1.img", ["Created"] = remark }.ToJsonString());
        var judgement = _replica.Judge();
        judgement.Refusal.ShouldBeNull();
        judgement.Chain.ShouldAllBe(layer => layer.Created.Length <= 1024);
        _replica.Builder.WithVolumeMetadata(metadata => metadata["Error"] = remark);
        judgement = _replica.Judge();
        judgement.Metadata!.Error.Length.ShouldBe(1024);
        judgement.Refusal!.Code.ShouldBe(SalvageCode.EngineError);
        judgement.Refusal.Reason.Length.ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData("")]
    [InlineData("18446744073709551616")]
    [InlineData("9223372036854775808")]
    [InlineData("0x10")]
    [InlineData("1 ")]
    [InlineData("\u001b[31m")]
    [InlineData("1\n")]
    public void A_counter_of_garbage_is_told_and_not_considered(string content)
    {
        File.WriteAllText(_replica["revision.counter"], content);
        var judgement = _replica.Judge();
        judgement.RevisionCounter.ShouldBeNull();
        judgement.Refusal.ShouldBeNull();
        judgement.Warnings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.RevisionCounterUnreadable);
    }

    [Fact]
    public void A_counter_that_is_huge_or_no_file_is_told_and_not_considered()
    {
        _replica.MakeSparse("revision.counter", 1L << 40, "5"u8);
        _replica.Judge().Warnings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.RevisionCounterUnreadable);
        File.Delete(_replica["revision.counter"]);
        Directory.CreateDirectory(_replica["revision.counter"]);
        _replica.Judge().Warnings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.RevisionCounterUnreadable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("{\"method\":7}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"0\",\"change_time\":[]}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"0\",\"silently_corrupted\":\"no\"}")]
    public void A_checksum_record_of_garbage_is_told(string content)
    {
        File.WriteAllText(_replica["volume-snap-s2.img.checksum"], content);
        var judgement = _replica.Judge();
        judgement.Refusal.ShouldBeNull();
        judgement.Warnings.ShouldHaveSingleItem().Code.ShouldBe(SalvageCode.StrayMetadataInvalid);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"method\":\"sha512\",\"checksum\":\"0\"}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"no number\",\"change_time\":\"\"}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"10000000000000000\",\"change_time\":\"\"}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"0\",\"change_time\":\"9999-99-99 99:99:99.9999999999999 +9999 UTC\"}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"0\",\"change_time\":\" . \"}")]
    [InlineData("{\"method\":\"crc64\",\"checksum\":\"0\",\"change_time\":\"0001-01-01 00:00:00 -1400 UTC\"}")]
    public void A_checksum_record_that_says_nothing_is_passed_over(string content)
    {
        File.WriteAllText(_replica["volume-snap-s2.img.checksum"], content);
        _replica.Judge().Verdict.ShouldBe(ReplicaVerdict.Recoverable);
    }

    [Fact]
    public void A_checksum_record_that_is_no_file_is_told()
    {
        Directory.CreateDirectory(_replica["volume-snap-s2.img.checksum"]);
        _replica.Judge().Warnings.ShouldHaveSingleItem().Reason.ShouldContain("volume-snap-s2.img.checksum");
    }

    [Theory]
    [InlineData("evil\u001b[2J\u001b]0;owned\u0007.meta")]
    [InlineData("evil\nvolume.meta fine\n.meta")]
    [InlineData("volume-delta-\u009b31m\u202egnp.img")]
    [InlineData("\u0007.tmp")]
    public void Names_that_a_terminal_would_act_on_are_told_harmlessly(string name)
    {
        File.WriteAllText(_replica[name], "{");
        _replica.Judge().Findings.ShouldNotBeEmpty();
        _replica.Judge().Findings.ShouldAllBe(finding => !finding.Reason.Contains('\u202e'));
    }

    [Fact]
    public void A_head_concluded_from_a_name_that_a_terminal_would_act_on_is_refused_harmlessly()
    {
        File.Delete(_replica["volume.meta"]);
        File.Move(_replica["volume-head-000.img"], _replica["volume-head-\u001b[31m.img"]);
        _replica.ShouldBeRefused(SalvageCode.LayerNameInvalid);
    }
}
