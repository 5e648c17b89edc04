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
        var known = KnownRuns();
        using var first = lab.Program.Start("drill", "run", "power-cut");
        var journal = await RunJournal.NewAsync(lab.Program.Runs, known, Cancel);
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

    [Fact]
    public async Task Killed_at_random_moments_the_drill_ends_Recovered()
    {
        // A fixed seed repeats the moments, not the machine's pace: what is under way at each of them differs from run to run.
        var random = new Random(1);
        var known = KnownRuns();
        using var first = lab.Program.Start("drill", "run", "power-cut");
        var journal = await RunJournal.NewAsync(lab.Program.Runs, known, Cancel);
        await KillAfterAsync(first, TimeSpan.FromMilliseconds(random.Next(500, 4000)));
        for (var kill = 0; kill < 8 && journal.Count("run-ended") == 0; kill++)
        {
            using var resumed = lab.Program.Start("resume", journal.Run);
            await KillAfterAsync(resumed, TimeSpan.FromMilliseconds(random.Next(300, 3500)));
        }

        await ShouldBeRecoveredAsync(journal);
    }

    [Fact]
    public async Task Interrupted_by_Ctrl_C_the_run_ends_as_Aborted_and_goes_on_when_resumed()
    {
        var known = KnownRuns();
        using var drill = lab.Program.Start("drill", "run", "power-cut");
        var output = drill.StandardOutput.ReadToEndAsync(Cancel);
        var journal = await RunJournal.NewAsync(lab.Program.Runs, known, Cancel);
        while (!journal.HasEnded("longhorn/quiesce"))
        {
            drill.HasExited.ShouldBeFalse();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }

        using (var interrupt = Process.Start("kill", ["-INT", drill.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await interrupt.WaitForExitAsync(Cancel);
        }

        await drill.WaitForExitAsync(Cancel);

        drill.ExitCode.ShouldBe(130);
        (await output).ShouldContain("Aborted");
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

    private string[] KnownRuns() => Directory.Exists(lab.Program.Runs) ? Directory.GetDirectories(lab.Program.Runs) : [];
}
