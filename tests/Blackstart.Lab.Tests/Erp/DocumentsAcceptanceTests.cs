using System.Security.Cryptography;
using System.Text;
using Blackstart.Lab.Erp.Acceptance;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Tests.Erp;

/// <summary>Against real file systems made with mke2fs.</summary>
public sealed class DocumentsAcceptanceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bsl-documents-");
    private readonly CommandLine _commandLine = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Image => Path.Combine(_folder.FullName, "volume.img");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_intact_file_system_is_accepted()
    {
        var report = await CompareAsync(await MakeAsync(_ => { }));

        report.Accepted.ShouldBeTrue();
        (report.Acknowledged, report.Recovered).ShouldBe((40, 40));
        report.Newest!.Number.ShouldBe(40);
    }

    [Fact]
    public async Task A_flipped_byte_in_a_document_is_found()
    {
        var list = await MakeAsync(_ => { });
        var bytes = await File.ReadAllBytesAsync(Image, Cancel);
        bytes.AsSpan().IndexOf("content of document 13"u8).ShouldBePositive();
        bytes[bytes.AsSpan().IndexOf("content of document 13"u8)] ^= 1;
        await File.WriteAllBytesAsync(Image, bytes, Cancel);

        var report = await CompareAsync(list);

        (report.Lost, report.Corrupted).ShouldBe((0, 1));
        report.Details[0].ShouldContain("0013.txt");
    }

    [Fact]
    public async Task A_missing_document_is_found()
    {
        var report = await CompareAsync(await MakeAsync(folder => File.Delete(Path.Combine(folder, "archive", "0021.txt"))));

        (report.Lost, report.Corrupted).ShouldBe((1, 0));
    }

    [Fact]
    public async Task A_stale_copy_is_found()
    {
        var report = await CompareAsync(await MakeAsync(folder =>
        {
            for (var number = 31; number <= 40; number++)
            {
                File.Delete(Path.Combine(folder, "archive", $"{number:D4}.txt"));
            }
        }));

        (report.Recovered, report.Lost).ShouldBe((30, 10));
        report.Newest!.Number.ShouldBe(30);
    }

    [Fact]
    public async Task An_empty_file_system_and_a_blank_volume_hold_nothing()
    {
        var list = await MakeAsync(folder => Directory.Delete(Path.Combine(folder, "archive"), recursive: true));
        (await CompareAsync(list)).Lost.ShouldBe(40);

        await File.WriteAllBytesAsync(Image, new byte[4 << 20], Cancel);
        (await CompareAsync(list)).Lost.ShouldBe(40);
    }

    private async Task<DocumentList> MakeAsync(Action<string> harm)
    {
        var source = _folder.CreateSubdirectory("source").FullName;
        Directory.CreateDirectory(Path.Combine(source, "archive"));
        var documents = new List<DocumentReceipt>();
        for (var number = 1; number <= 40; number++)
        {
            var path = $"archive/{number:D4}.txt";
            var content = Encoding.UTF8.GetBytes($"content of document {number}, and more of it\n");
            await File.WriteAllBytesAsync(Path.Combine(source, path), content, Cancel);
            documents.Add(new DocumentReceipt(number, path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        }

        harm(source);
        await _commandLine.RunAsync(new Command("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-d", source, Image, "1024"), Cancel);
        return new DocumentList(1, DateTimeOffset.UnixEpoch, documents);
    }

    private async Task<AcceptanceReport> CompareAsync(DocumentList list)
    {
        var scratch = Directory.CreateDirectory(Path.Combine(_folder.FullName, Guid.NewGuid().ToString("N")));
        return await DocumentsAcceptance.CompareAsync(list, Image, scratch.FullName, _commandLine, Cancel);
    }
}
