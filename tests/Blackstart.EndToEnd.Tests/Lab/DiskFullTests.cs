namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>The nodes' disks fill up while data is brought back.</summary>
public sealed class DiskFullTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_stops_the_injection_and_with_room_the_run_goes_on()
    {
        if (!SmallDisk.IsPossible)
        {
            // Filling a disk takes one that is small, and mounting one takes root; CI has it.
            return;
        }

        var program = new BlackstartProgram(Directory.CreateTempSubdirectory("bs-").FullName);
        try
        {
            await using var disk = await SmallDisk.UnderAsync(program.Lab, program.State);
            (await program.RunAsync("lab", "up")).ExitCode.ShouldBe(0);
            await FillUpBeforeInjectionAsync(program, disk);
            await program.RunAsync("lab", "down");
        }
        finally
        {
            await program.RunAsync("lab", "down");
            Directory.Delete(program.State, recursive: true);
        }
    }

    private static async Task FillUpBeforeInjectionAsync(BlackstartProgram program, SmallDisk disk)
    {
        using var drill = program.Start("drill", "run", "power-cut");
        var journal = await RunJournal.NewAsync(program.Runs, [], Cancel);
        while (!journal.HasEnded("longhorn/quiesce"))
        {
            drill.HasExited.ShouldBeFalse();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }

        drill.Kill();
        await drill.WaitForExitAsync(Cancel);
        await disk.FillAsync(free: 3_000_000);

        var stopped = await program.JsonAsync(1, "resume", journal.Run);
        stopped["verdict"]!.GetValue<string>().ShouldBe("NotRecovered");
        var inject = stopped["steps"]!.AsArray().Select(s => s!.AsObject()).First(s => s["errorCode"]?.GetValue<string>() == "BS4607");
        inject["gate"]!["reason"]!.GetValue<string>().ShouldContain("No space left on device");

        disk.MakeRoom();
        var resumed = await program.JsonAsync(0, "resume", journal.Run);
        resumed["verdict"]!.GetValue<string>().ShouldBe("Recovered");
        resumed["dataLoss"]!["lost"]!.GetValue<long>().ShouldBe(0);
    }
}
