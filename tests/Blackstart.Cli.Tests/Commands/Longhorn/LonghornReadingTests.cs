using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Blackstart.Cli.Tests.Commands.Longhorn;

/// <summary><c>scan</c>, <c>inspect</c> and <c>diff</c> as an operator sees them.</summary>
public sealed partial class LonghornReadingTests : IDisposable
{
    private readonly ReplicaDisk _disk = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task A_scan_tells_per_volume_what_to_take_and_why_best_first()
    {
        _disk.Add("pvc-a-00000001", 0);
        _disk.Add("pvc-a-00000002", 10);
        _disk.Add("pvc-b-00000003", 0, error: "disk \\u001b[31mfull");

        var (code, output, _) = await RunAsync("scan", _disk.Path);

        code.ShouldBe(1);
        Shown(output).ShouldBe("""
            volume pvc-a: recover from DISK/replicas/pvc-a-00000002
              why:   by the engine's salvage rule: its head was last written 2026-04-01 12:10:00Z, and of those within 5 s it has most allocated (N bytes), then the newest write
              verdict  size   on disk  layers  counter  newest write           holds    directory
              best     4 MiB  N KiB    2       -        2026-04-01 12:10:00 Z  unknown  DISK/replicas/pvc-a-00000002
              stale    4 MiB  N KiB    2       -        2026-04-01 12:00:00 Z  unknown  DISK/replicas/pvc-a-00000001
                       its head was last written 2026-04-01 12:00:00Z and has N bytes allocated; the best one 2026-04-01 12:10:00Z and N
              next:  blackstart longhorn export DISK/replicas/pvc-a-00000002 --to FILE

            volume pvc-b: NOTHING USABLE HERE (BS5041)
              why:   none of the replicas can be recovered
              verdict  size   on disk  layers  counter  newest write           holds  directory
              damaged  4 MiB  N KiB    2       -        2026-04-01 12:00:00 Z  -      DISK/replicas/pvc-b-00000003
                       BS5014: volume.meta records a fatal error: "disk ?[31mfull"
              next:  Look for another replica of the volume: blackstart longhorn scan ROOT…. If there is none: --accept BS5014 reads it all the same

            2 volumes, 3 replica directories: 1 with a best replica, 0 for you to decide, 1 with nothing usable

            """);
    }

    [Fact]
    public async Task A_scan_prints_one_document_and_exits_by_what_it_found()
    {
        var best = _disk.Add("pvc-a-00000001", 0);
        var (code, output, error) = await RunAsync("scan", _disk.Path, "--volume", "pvc-a", "--fingerprint", "--compare", "--output", "json");
        code.ShouldBe(0);
        error.ShouldBeEmpty();
        using var json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("volumes")[0].GetProperty("choice").GetString().ShouldBe(best);
        json.RootElement.GetProperty("volumes")[0].GetProperty("replicas")[0].GetProperty("fingerprint").GetProperty("level").GetInt32().ShouldBe(0);
        output.ShouldEndWith("}\n");

        var none = await RunAsync("scan", _disk.Path, "--volume", "pvc-none");
        none.ExitCode.ShouldBe(1);
        none.Output.ShouldContain($"no replica directory of volume pvc-none was found under {_disk.Path}");
        none = await RunAsync("scan", _disk.Path, "--volume", "pvc-none", "--output", "json");
        none.ExitCode.ShouldBe(1);
        JsonDocument.Parse(none.Output).RootElement.GetProperty("reason").GetString()!.ShouldContain(_disk.Path);
        (await RunAsync("scan")).ExitCode.ShouldBe(64);
        var missing = await RunAsync("scan", Path.Combine(_disk.Path, "none"));
        missing.ExitCode.ShouldBe(2);
        missing.Error.ShouldContain("error BS5001");
    }

    [Fact]
    public async Task Names_that_a_terminal_would_act_on_are_shown_harmless()
    {
        _disk.Add("pvc-\u001b[2Ja\u202e-00000001", 0);
        var (_, output, _) = await RunAsync("scan", _disk.Path);
        output.ShouldContain("volume pvc-?[2Ja?:");
        output.Any(c => char.IsControl(c) && c != '\n').ShouldBeFalse();
    }

    [Fact]
    public async Task A_volume_that_only_a_person_can_choose_of_comes_with_the_command_to_compare()
    {
        var one = _disk.Add("pvc-a-00000001", 0);
        var other = _disk.Add("pvc-a-00000002", 0, headFill: 3);
        var (code, output, _) = await RunAsync("scan", _disk.Path, "--compare");
        code.ShouldBe(1);
        output.ShouldContain("volume pvc-a: YOU DECIDE (BS5040)");
        output.ShouldContain($"next:  blackstart longhorn diff {one} {other}\n");

        var (differs, ranges, _) = await RunAsync("diff", one, other);
        differs.ShouldBe(1);
        Shown(ranges).ShouldBe("""
            - DISK/replicas/pvc-a-00000001 (4 MiB, head last written 2026-04-01 12:00:00 Z)
            + DISK/replicas/pvc-a-00000002 (4 MiB, head last written 2026-04-01 12:00:00 Z)
                            offset              length
                              4096                4096
            different: N KiB in 1 range, N KiB of data compared

            """);
        var (_, output2, _) = await RunAsync("diff", one, other, "--output", "json");
        using var json = JsonDocument.Parse(output2);
        json.RootElement.GetProperty("different").GetInt64().ShouldBe(4096);
        json.RootElement.GetProperty("same").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task Equal_replicas_do_not_differ_and_a_refused_one_cannot_be_compared()
    {
        var one = _disk.Add("pvc-a-00000001", 0);
        var other = _disk.Add("pvc-a-00000002", 0);
        var refused = _disk.Add("pvc-a-00000003", 0, error: "x");
        var same = await RunAsync("diff", one, other);
        same.ExitCode.ShouldBe(0);
        same.Output.ShouldContain("the same: 8 KiB of data compared");
        var cannot = await RunAsync("diff", one, refused);
        cannot.ExitCode.ShouldBe(2);
        cannot.Output.ShouldBeEmpty();
        cannot.Error.ShouldContain("error BS5014");
        (await RunAsync("diff", one, refused, "--accept", "BS5014")).ExitCode.ShouldBe(0);
        (await RunAsync("diff", one)).ExitCode.ShouldBe(64);
    }

    [Fact]
    public async Task An_inspection_shows_the_layers_from_the_top_and_what_branches_off()
    {
        var replica = _disk.Add("pvc-a-00000001", 0);
        await File.WriteAllTextAsync(Path.Combine(replica, "volume-snap-late.img.meta"), """{"Parent":"volume-snap-daily.img","Created":"2026-04-01T06:00:00Z","Removed":true}""", TestContext.Current.CancellationToken);
        var (code, output, _) = await RunAsync("inspect", replica, "--map", "--digest", "sha256");
        code.ShouldBe(0);
        Shown(output).ShouldBe("""
            DISK/replicas/pvc-a-00000001
            recoverable
              volume        pvc-a
              size          4 MiB (4194304 bytes)
              state         not closed cleanly (as after every crash)
              on disk       N KiB
              data          N KiB of the merged volume
              newest write  2026-04-01 12:00:00 Z
              counter       none (the default)
              holds         unknown
              sha256        0ed20608f403005f95a1981b17c59ba77bfecf1c87cda724134750a48ff85b0f

              layer, from the top       made by          created               last written           on disk  supplies
              ● volume-head-001.img     head             2026-03-31T12:00:00Z  2026-04-01 12:00:00 Z  N KiB    N KiB
              │ ○ volume-snap-late.img  system, removed  2026-04-01T06:00:00Z  -                      MISSING  -
              ● volume-snap-daily.img   user             2026-03-31T12:00:00Z  2026-03-31 12:00:00 Z  N KiB    N KiB
              ○ is not part of the volume: kept when the volume was reverted, or left by a crash

                            offset              length  layer
                                 0                4096  volume-snap-daily.img
                              4096                4096  volume-head-001.img

              next:  blackstart longhorn export DISK/replicas/pvc-a-00000001 --to FILE

            """);
    }

    [Fact]
    public async Task An_inspection_of_a_refused_replica_says_why_and_what_next()
    {
        var replica = _disk.Add("pvc-a-00000001", 0);
        File.Delete(Path.Combine(replica, "volume-snap-daily.img"));
        var (code, output, _) = await RunAsync("inspect", replica);
        code.ShouldBe(1);
        output.ShouldContain("refused BS5018: the image volume-snap-daily.img of the chain is missing");
        output.ShouldContain("MISSING");
        output.ShouldNotContain("export");
        var json = await RunAsync("inspect", replica, "-o", "json", "--digest", "sha256");
        json.ExitCode.ShouldBe(1);
        using var document = JsonDocument.Parse(json.Output);
        document.RootElement.GetProperty("verdict").GetString().ShouldBe("refuse");
        document.RootElement.GetProperty("sha256").ValueKind.ShouldBe(JsonValueKind.Null);

        var unknown = await RunAsync("inspect", _disk.Add("pvc-a-00000002", 0), "--snapshot", "nothing");
        unknown.ExitCode.ShouldBe(2);
        unknown.Error.ShouldContain("error BS5042");
        unknown.Error.ShouldContain("daily");
    }

    /// <summary>Where the disk lies and how much a file system allocates for a few bytes is its own affair.</summary>
    private string Shown(string output)
    {
        var general = Padded().Replace(output.Replace(_disk.Path, "DISK", StringComparison.Ordinal), match => "N KiB".PadRight(match.Length));
        return string.Join('\n', Bytes().Replace(general, "N").Split('\n').Select(line => line.TrimEnd()));
    }

    [GeneratedRegex(@"\b[\d.]+ KiB( (?= ))*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Padded();

    [GeneratedRegex(@"(?<=\(|has |and )\d+(?= bytes\),| bytes allocated|$)", RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bytes();

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "blackstart"), ["longhorn", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
