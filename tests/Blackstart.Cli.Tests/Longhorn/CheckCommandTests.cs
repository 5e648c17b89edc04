using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Blackstart.Cli.Tests.Longhorn;

/// <summary><c>blackstart longhorn check</c> on images made by mkfs.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private const string Uuid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    private readonly string _folder = SparseReplica.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Image => Path.Combine(_folder, "image.raw");

    [Fact]
    public async Task A_file_system_is_named_hashed_checked_and_left_as_it_is()
    {
        await MakeAsync();
        var before = await File.ReadAllBytesAsync(Image, TestContext.Current.CancellationToken);
        var (code, report, _) = await CheckAsync(Image, "--file-system");
        code.ShouldBe(0);
        report["bytes"]!.GetValue<long>().ShouldBe(before.Length);
        report["sha256"]!.GetValue<string>().ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(before)));
        report["content"]!["kind"]!.GetValue<string>().ShouldBe("ext4");
        report["content"]!["uuid"]!.GetValue<string>().ShouldBe(Uuid);
        report["content"]!["label"]!.GetValue<string>().ShouldBe("data");
        report["fileSystem"]!.GetValue<string>().ShouldBe("clean");
        (await File.ReadAllBytesAsync(Image, TestContext.Current.CancellationToken)).ShouldBe(before);
        (await CheckAsync(Image, "--digest", "none")).Report["sha256"].ShouldBeNull();
    }

    [Fact]
    public async Task A_damaged_file_system_is_told_by_the_exit_code()
    {
        await MakeAsync();

        // The block group descriptors, past the superblock.
        await using (var file = File.OpenWrite(Image))
        {
            file.Position = 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xAB, 4096).ToArray(), TestContext.Current.CancellationToken);
        }

        var (code, report, _) = await CheckAsync(Image, "--file-system", "--digest", "none");
        code.ShouldBe(1);
        report["fileSystem"]!.GetValue<string>().ShouldStartWith("damaged: ");
    }

    [Fact]
    public async Task What_is_no_file_system_is_said_not_to_be_checked()
    {
        await File.WriteAllBytesAsync(Image, new byte[1 << 20], TestContext.Current.CancellationToken);
        var (code, report, _) = await CheckAsync(Image, "--file-system");
        code.ShouldBe(0);
        report["content"]!["word"]!.GetValue<string>().ShouldBe("blank");
        report["fileSystem"]!.GetValue<string>().ShouldStartWith("not checked: ");
    }

    [Fact]
    public async Task What_cannot_be_opened_is_told_with_its_code()
    {
        var (code, _, error) = await RunAsync("longhorn", "check", Path.Combine(_folder, "nothing"));
        code.ShouldBe(2);
        error.ShouldContain("error BS5044");
        (await RunAsync("longhorn", "check", _folder)).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_date_in_another_form_is_wrong_use() =>
        (await RunAsync("longhorn", "export", _folder, "--to", Image, "--overwrite", "21.11.2026")).Code.ShouldBe(64);

    private async Task MakeAsync()
    {
        await using (var file = File.Create(Image))
        {
            file.SetLength(16 << 20);
        }

        using var made = Process.Start(new ProcessStartInfo("mkfs.ext4", ["-q", "-b", "4096", "-U", Uuid, "-L", "data", Image]))!;
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        made.ExitCode.ShouldBe(0);
    }

    private static async Task<(int Code, JsonNode Report, string Error)> CheckAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(["longhorn", "check", .. arguments, "--output", "json"]);
        return (code, JsonNode.Parse(output)!, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = OwnProcess.Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
