using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Blackstart.Cli.Tests.Longhorn;

/// <summary>An export that is killed, several times and at any moment, and then let finish.</summary>
public sealed class ExportKillTests : IDisposable
{
    private const int Kills = 5;
    private const int Piece = 1 << 20;
    private readonly string _folder = SparseReplica.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_ends_with_the_same_bytes_and_the_same_digest()
    {
        var content = new byte[Piece];
        new Random(7).NextBytes(content);
        var replica = new SparseReplica(_folder, 400L << 20)
            .WithLayer(Enumerable.Range(0, 250).Select(i => (i * (long)Piece, (long)Piece)), content)
            .WithLayer(Enumerable.Range(0, 100).Select(i => ((i * 4L * Piece) + (Piece / 2), (long)(Piece / 2))), content)
            .Complete();
        var before = Sources(replica);
        var whole = await ExportAsync(replica, "whole.raw");
        var random = new Random();
        var kept = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = OwnProcess.Start("longhorn", "export", replica.Path, "--to", Path.Combine(_folder, "out.raw"), "--progress", "json");

            // From the first sign of life on, at any moment.
            await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(400)), TimeProvider.System, TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (File.Exists(Path.Combine(_folder, "out.raw")))
            {
                // It was faster than the kill.
                File.Delete(Path.Combine(_folder, "out.raw"));
            }

            kept += File.Exists(Path.Combine(_folder, "out.raw.partial.json")) ? 1 : 0;
        }

        var resumed = await ExportAsync(replica, "out.raw");
        TestContext.Current.SendDiagnosticMessage($"{kept} of {Kills} kills left an unfinished image; gone on with at byte {resumed["resumedAt"]}");
        resumed["sha256"]!.GetValue<string>().ShouldBe(whole["sha256"]!.GetValue<string>());
        Digest(Path.Combine(_folder, "out.raw")).ShouldBe(whole["sha256"]!.GetValue<string>());
        resumed["findings"]!.AsArray().ShouldBeEmpty();
        Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["out.raw", "whole.raw"]);
        Sources(replica).ShouldBe(before);
    }

    private async Task<JsonNode> ExportAsync(SparseReplica replica, string name) =>
        JsonNode.Parse((await OwnProcess.RunAsync("longhorn", "export", replica.Path, "--to", Path.Combine(_folder, name), "--output", "json")).Output)!;

    private static List<string> Sources(SparseReplica replica) =>
    [
        .. Directory.GetFiles(replica.Path).Order(StringComparer.Ordinal)
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file).Ticks} {Digest(file)}")),
    ];

    private static string Digest(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
