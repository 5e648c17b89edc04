using System.Diagnostics;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>Blackstart itself is killed, again and again: resuming ends with the same data.</summary>
public sealed class KilledRunTests(LabFixture lab) : IClassFixture<LabFixture>
{
    private const int FewestKills = 25;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_every_step_boundary_the_drill_ends_Recovered()
    {
        using var first = lab.Program.Start("drill", "run", "power-cut");
        var journal = await RunJournal.FirstAsync(lab.Program.Runs, Cancel);
        await KillAtNextBoundaryAsync(first, journal, 0);
        var kills = 1;
        while (journal.Count("run-ended") == 0)
        {
            using var resumed = lab.Program.Start("resume", journal.Run);
            kills += await KillAtNextBoundaryAsync(resumed, journal, journal.CountEndedSteps()) ? 1 : 0;
        }

        kills.ShouldBeGreaterThanOrEqualTo(FewestKills);
        await ShouldBeRecoveredAsync(journal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Killed_at_random_moments_the_drill_ends_Recovered(int seed)
    {
        // A fixed seed repeats the moments, not the machine's pace: what is under way at each of them differs from run to run.
        var random = new Random(seed);
        var known = Directory.Exists(lab.Program.Runs) ? Directory.GetDirectories(lab.Program.Runs) : [];
        using var first = lab.Program.Start("drill", "run", "power-cut");
        var folder = await NewRunAsync(known);
        var journal = new RunJournal(folder);
        await KillAfterAsync(first, TimeSpan.FromMilliseconds(random.Next(500, 4000)));
        for (var kill = 0; kill < 8 && journal.Count("run-ended") == 0; kill++)
        {
            using var resumed = lab.Program.Start("resume", journal.Run);
            await KillAfterAsync(resumed, TimeSpan.FromMilliseconds(random.Next(300, 3500)));
        }

        await ShouldBeRecoveredAsync(journal);
    }

    private async Task ShouldBeRecoveredAsync(RunJournal journal)
    {
        var report = await lab.Program.JsonAsync(0, "resume", journal.Run);
        report["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        report["dataLoss"]!["lost"]!.GetValue<long>().ShouldBe(0);

        // What was written into each volume is what was read back, and what the chosen replica holds.
        foreach (var point in report["recoveryPoints"]!.AsArray())
        {
            var image = Path.Combine(lab.Program.State, $"{Guid.NewGuid():N}.raw");
            var export = await lab.Program.JsonAsync(0, "longhorn", "export", point!["replica"]!.GetValue<string>(), "--to", image);
            File.Delete(image);
            export["sha256"]!.GetValue<string>().ShouldBe(point["sha256"]!.GetValue<string>());
        }

        (await lab.Program.RunAsync("evidence", "verify")).ExitCode.ShouldBe(0);
    }

    private static async Task<bool> KillAtNextBoundaryAsync(Process process, RunJournal journal, int endedBefore)
    {
        while (!process.HasExited)
        {
            if (journal.CountEndedSteps() > endedBefore)
            {
                process.Kill();
                await process.WaitForExitAsync(Cancel);
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Cancel);
        }

        return false;
    }

    private static async Task KillAfterAsync(Process process, TimeSpan time)
    {
        using var moment = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        moment.CancelAfter(time);
        try
        {
            await process.WaitForExitAsync(moment.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(Cancel);
        }
    }

    private async Task<string> NewRunAsync(string[] known)
    {
        while (true)
        {
            if (Directory.Exists(lab.Program.Runs) && Directory.EnumerateDirectories(lab.Program.Runs).FirstOrDefault(d => !known.Contains(d) && File.Exists(Path.Combine(d, "journal.jsonl"))) is { } folder)
            {
                return folder;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }
    }
}
