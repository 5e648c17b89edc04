using System.Diagnostics;
using System.Text.Json.Nodes;
using Blackstart.EndToEnd.Tests.Lab;

namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>The guide "My Longhorn volumes came back empty", typed as it is written, on a lab to which just that happened.</summary>
public sealed class WorstNightGuideTests(LabFixture lab) : IClassFixture<LabFixture>
{
    private const string Guide = "docs/guides/longhorn-volumes-came-back-empty.md";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_block_of_the_guide_works_in_its_order_and_the_data_is_back()
    {
        var roots = (await lab.StatusAsync())["nodes"]!.AsArray().Select(n => n!["longhornDisk"]!.GetValue<string>()).ToList();
        var orphans = roots.SelectMany(r => Directory.EnumerateDirectories(Path.Combine(r, "replicas"))).ToList();
        await LoseTheVolumesAsync();
        var before = orphans.ToDictionary(d => d, FilesOf, StringComparer.Ordinal);
        var page = new MarkdownPage(await File.ReadAllTextAsync(Path.Combine(Repository.Root, Guide), Cancel));
        using var shell = await GuideShell.StartAsync(lab, roots, orphans, Cancel);
        Process? server = null;
        try
        {
            foreach (var block in page.Blocks("sh"))
            {
                if (block.StartsWith("blackstart longhorn serve", StringComparison.Ordinal))
                {
                    server = await shell.StartServerAsync(block, Cancel);
                    continue;
                }

                var result = await shell.RunAsync(block, Cancel);

                // Replicas that were written to when the power went may differ; `diff` says so by its exit code.
                result.ExitCode.ShouldBeInRange(0, block.Contains("longhorn diff", StringComparison.Ordinal) ? 1 : 0, $"{block}\n{result}");
            }
        }
        finally
        {
            server?.Kill();
            server?.Dispose();
        }

        foreach (var volume in (string[])["documents", "erp"])
        {
            var acceptance = await lab.Program.RunAsync("lab", "acceptance", volume);
            acceptance.ExitCode.ShouldBe(0, acceptance.ToString());
            var counts = JsonNode.Parse(acceptance.Output)!;
            counts["lost"]!.GetValue<long>().ShouldBe(0, acceptance.ToString());
        }

        foreach (var (directory, files) in before)
        {
            FilesOf(directory).ShouldBe(files, directory);
        }
    }

    /// <summary>The power cut, up to the point where the operator finds healthy and empty volumes.</summary>
    private async Task LoseTheVolumesAsync()
    {
        var known = Directory.Exists(lab.Program.Runs) ? Directory.GetDirectories(lab.Program.Runs) : [];
        using var drill = lab.Program.Start("drill", "run", "power-cut");
        var journal = await RunJournal.NewAsync(lab.Program.Runs, known, Cancel);
        while (!journal.HasEnded("fault/wipe-longhorn"))
        {
            drill.HasExited.ShouldBeFalse();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }

        drill.Kill();
        await drill.WaitForExitAsync(Cancel);
    }

    private static string FilesOf(string directory) => string.Join('\n', new DirectoryInfo(directory).EnumerateFiles()
        .OrderBy(f => f.Name, StringComparer.Ordinal)
        .Select(f => FormattableString.Invariant($"{f.Name} {f.Length} {f.LastWriteTimeUtc:O}")));
}
