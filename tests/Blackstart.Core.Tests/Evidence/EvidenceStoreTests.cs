using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Evidence;

namespace Blackstart.Core.Tests.Evidence;

public sealed class EvidenceStoreTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 4, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder.Path("evidence");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Documents_chain_and_verify()
    {
        var first = await SealAsync("run-a", 1);
        var second = await SealAsync("run-b", 2);
        first.Sequence.ShouldBe(1);
        second.Sequence.ShouldBe(2);
        second.Path.ShouldBe(Path.Combine(Folder, "0002-run-b.json"));
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(second.Path, Cancel));
        document.RootElement.EnumerateObject().Select(p => p.Name)
            .ShouldBe(["schemaVersion", "sequence", "run", "previous", "sealedAt", "contentSha256", "content"]);
        document.RootElement.GetProperty("previous").GetString().ShouldBe(first.Sha256);
        document.RootElement.GetProperty("content").GetProperty("lost").GetInt32().ShouldBe(2);
        var report = EvidenceVerification.Verify(Folder, first.Sha256);
        report.Findings.ShouldBeEmpty();
        report.Documents.ShouldBe(2);
        report.Newest.ShouldBe(second.Sha256);
        EvidenceVerification.Verify(Folder, new string('0', 64)).Findings.ShouldHaveSingleItem().Code.ShouldBe("BS3119");
    }

    [Fact]
    public async Task Sealing_again_gives_the_same_document_and_other_content_is_refused()
    {
        var first = await SealAsync("run-a", 1);
        await SealAsync("run-b", 2);
        (await SealAsync("run-a", 1)).ShouldBe(first);
        Directory.GetFiles(Folder, "0*").Length.ShouldBe(2);
        (await Should.ThrowAsync<BlackstartException>(() => SealAsync("run-a", 9))).Code.ShouldBe("BS3102");
        EvidenceVerification.Verify(Folder).Intact.ShouldBeTrue();
    }

    [Fact]
    public async Task A_kill_between_the_document_and_HEAD_is_mended_by_the_next_sealing()
    {
        await SealAsync("run-a", 1);
        var head = await File.ReadAllBytesAsync(Path.Combine(Folder, "HEAD"), Cancel);
        var second = await SealAsync("run-b", 2);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "HEAD"), head, Cancel);
        await File.WriteAllTextAsync(Path.Combine(Folder, ".writing"), "{\"seq", Cancel);
        EvidenceVerification.Verify(Folder).Findings.ShouldHaveSingleItem().Code.ShouldBe("BS3118");
        (await SealAsync("run-b", 2)).ShouldBe(second);
        EvidenceVerification.Verify(Folder).Intact.ShouldBeTrue();

        File.Delete(Path.Combine(Folder, "0002-run-b.json"));
        await File.WriteAllBytesAsync(Path.Combine(Folder, "HEAD"), head, Cancel);
        File.Delete(Path.Combine(Folder, "HEAD"));
        (await SealAsync("run-c", 3)).Sequence.ShouldBe(2);
        EvidenceVerification.Verify(Folder).Intact.ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_is_sealed_after_a_damaged_newest_document()
    {
        await SealAsync("run-a", 1);
        var second = await SealAsync("run-b", 2);
        var text = await File.ReadAllTextAsync(second.Path, Cancel);
        await File.WriteAllTextAsync(second.Path, text.Replace("\"lost\": 2", "\"lost\": 0", StringComparison.Ordinal), Cancel);
        (await Should.ThrowAsync<BlackstartException>(() => SealAsync("run-c", 3))).Code.ShouldBe("BS3103");
        File.Delete(second.Path);
        (await Should.ThrowAsync<BlackstartException>(() => SealAsync("run-c", 3))).Code.ShouldBe("BS3103");
    }

    [Fact]
    public async Task Many_at_once_make_one_chain()
    {
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => SealAsync($"run-{i}", i), Cancel)));
        var report = EvidenceVerification.Verify(Folder);
        report.Findings.ShouldBeEmpty();
        report.Documents.ShouldBe(24);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_and_a_bad_name_are_said()
    {
        await File.WriteAllTextAsync(Folder, "a file", Cancel);
        (await Should.ThrowAsync<BlackstartException>(() => SealAsync("run-a", 1))).Code.ShouldBe("BS3104");
        await Should.ThrowAsync<ArgumentException>(() => SealAsync("../run", 1));
        await Should.ThrowAsync<ArgumentException>(() => SealAsync("", 1));
    }

    [Fact]
    public void An_empty_or_missing_folder_is_whole_unless_something_is_expected()
    {
        EvidenceVerification.Verify(Folder).Intact.ShouldBeTrue();
        EvidenceVerification.Verify(Folder, new string('a', 64)).Intact.ShouldBeFalse();
    }

    private Task<SealedEvidence> SealAsync(string run, int lost) =>
        new EvidenceStore(Folder, TimeProvider.System).SealAsync(run, new JsonObject { ["verdict"] = "Recovered", ["lost"] = lost, ["text"] = "ümläut < 1.50" }, At, Cancel);
}
