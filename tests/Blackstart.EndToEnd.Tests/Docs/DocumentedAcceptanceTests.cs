using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>The acceptance command that docs/reference/acceptance.md gives as an example keeps to the contract on that page.</summary>
public sealed class DocumentedAcceptanceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("blackstart-docs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("1 aa\n2 bb\n", "1 aa\n2 bb\n3 cc\n", 0, 2, 2, 0, 0)]
    [InlineData("1 aa\n2 bb\n", "1 aa\n", 1, 2, 1, 1, 0)]
    [InlineData("1 aa\n2 bb\n", "1 aa\n2 zz\n", 1, 2, 1, 0, 1)]
    [InlineData("1 aa\n2 bb\n", "", 1, 2, 0, 2, 0)]
    public async Task It_counts(string receipts, string rows, int exitCode, int acknowledged, int recovered, int lost, int corrupted)
    {
        var (code, output) = await RunAsync(receipts, $"cp '{Write("rows", rows)}' \"$found\"");

        code.ShouldBe(exitCode);
        var counts = JsonNode.Parse(output)!;
        new[] { "acknowledged", "recovered", "lost", "corrupted" }.Select(n => counts[n]!.GetValue<int>()).ShouldBe([acknowledged, recovered, lost, corrupted]);
    }

    [Fact]
    public async Task A_database_that_cannot_be_asked_is_no_answer()
    {
        var (code, output) = await RunAsync("1 aa\n", "exit 2");

        code.ShouldBe(2);
        output.ShouldBeEmpty();
    }

    /// <summary>Runs the script of the page with a psql that writes the rows to where <c>-o</c> says.</summary>
    private async Task<(int ExitCode, string Output)> RunAsync(string receipts, string psql)
    {
        var page = new MarkdownPage(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "reference", "acceptance.md"), TestContext.Current.CancellationToken));
        var script = Write("accept-invoices", page.Blocks("sh").Single(b => b.StartsWith("#!", StringComparison.Ordinal)) + "\n", executable: true);
        Write("psql", $"#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\nfound=$2\n{psql}\n", executable: true);
        var start = new ProcessStartInfo(script) { UseShellExecute = false, RedirectStandardOutput = true };
        start.ArgumentList.Add(Write("receipts", receipts));
        start.ArgumentList.Add("service=invoices");
        start.Environment["PATH"] = $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }

    private string Write(string name, string text, bool executable = false)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        if (executable)
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
