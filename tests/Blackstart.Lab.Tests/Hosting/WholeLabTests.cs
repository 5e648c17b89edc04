using Blackstart.Core.Errors;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Erp;
using Blackstart.Lab.Erp.Acceptance;
using Blackstart.Lab.Hosting;
using Blackstart.Longhorn.Nbd;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Tests.Hosting;

public sealed class WholeLabTests(RunningLab lab) : IClassFixture<RunningLab>
{
    private readonly LabAcceptance _acceptance = new(lab.Layout, TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Status_names_every_way_in_and_what_is_real()
    {
        await lab.BringUpAsync();

        var status = await lab.Host.StatusAsync(Cancel);

        status.Running.ShouldBeTrue();
        status.Nodes.Select(node => node.Name).ShouldBe(["pi1", "pi2", "pi3"]);
        status.Nodes.ShouldAllBe(node => Directory.Exists(Path.Combine(node.LonghornDisk, "replicas")));
        status.Processes.Single(process => process.Name == "etcd").Real.ShouldBeTrue();
        status.Processes.Single(process => process.Name == "kubernetes").Real.ShouldBeFalse();
        new FileInfo(status.UnsealKeyFile).UnixFileMode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        LabStatusText.Render(status).ShouldContain("simulated   Kubernetes");
        var commandLine = new CommandLine(TimeProvider.System);

        // Its process runs at once; after a power cut it has its own recovery to do first.
        await lab.UntilAsync(async () => (await commandLine.TryRunAsync(new Command("psql", status.Postgres, "-Atc", "SELECT 42"), Cancel)).StandardOutput.Trim() == "42", "PostgreSQL answers");
        (await commandLine.RunAsync(new Command("git", "ls-remote", status.Git), Cancel)).StandardOutput.ShouldContain("refs/heads/main");
    }

    [Fact]
    public async Task Two_starts_at_once_of_a_lab_that_is_down_start_it_once()
    {
        await lab.Host.DownAsync(Cancel);
        lab.Table.Alive().ShouldBeEmpty();

        var results = await Task.WhenAll(
            lab.Host.UpAsync(LabUpOptions.Everything, progress: null, Cancel),
            lab.Host.UpAsync(LabUpOptions.Everything, progress: null, Cancel));

        results.Count(result => result.WasRunning).ShouldBe(1);
        lab.Table.Alive().Count(record => record.Name == "supervisor").ShouldBe(1);
        lab.Table.Find("postgres").ShouldBeNull();
    }

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("longhorn")]
    [InlineData("etcd")]
    [InlineData("postgres")]
    [InlineData("git")]
    [InlineData("pod-vault-vault-0")]
    public async Task A_process_that_is_killed_comes_back_once(string name)
    {
        await lab.BringUpAsync();
        await lab.UntilAsync(() => Task.FromResult(lab.Table.Find(name)?.IsAlive() == true), $"{name} runs");
        var before = lab.Table.Find(name)!;

        Signals.Send(before.Pid, before.StartTime, Signals.Kill);

        await lab.UntilAsync(() => Task.FromResult(lab.Table.Find(name) is { } now && now.Pid != before.Pid && now.IsAlive()), $"{name} runs again");
        lab.Table.Alive().Count(record => record.Name == name).ShouldBe(1);
    }

    [Fact]
    public async Task A_killed_supervisor_leaves_nothing_and_the_next_start_finds_everything()
    {
        await lab.BringUpAsync();
        var before = await NewestReceiptAsync();
        var supervisor = lab.Table.Find("supervisor")!;

        Signals.Send(supervisor.Pid, supervisor.StartTime, Signals.Kill);

        await lab.UntilAsync(() => Task.FromResult(lab.Table.Alive().Count == 0), "no process is left");
        await lab.BringUpAsync();
        await AcceptErpAsync(report => report.Accepted && report.Acknowledged >= before);
    }

    [Fact]
    public async Task Power_cuts_lose_no_acknowledged_record_and_no_document()
    {
        for (var round = 0; round < 3; round++)
        {
            await lab.BringUpAsync();
            await lab.Power.CutAsync(Cancel);
            lab.Table.Alive().ShouldBeEmpty();
        }

        await lab.BringUpAsync();

        await AcceptErpAsync(report => report.Accepted && report.Acknowledged > 0);
        (await _acceptance.DocumentsAsync(Cancel)).Accepted.ShouldBeTrue();
    }

    [Fact]
    public async Task Longhorn_is_held_back_and_started_later()
    {
        await lab.Power.CutAsync(Cancel);

        await lab.Host.UpAsync(new LabUpOptions(["longhorn"]), progress: null, Cancel);

        lab.Table.Find("longhorn").ShouldBeNull();
        await lab.Host.StartServiceAsync("longhorn", Cancel);
        lab.Table.Find("longhorn")!.IsAlive().ShouldBeTrue();
    }

    [Fact]
    public async Task A_byte_flipped_on_the_live_volume_is_found()
    {
        await lab.BringUpAsync();
        await AcceptErpAsync(report => report.Accepted);
        using var cluster = await lab.ConnectAsync();
        var endpoint = (await cluster.ListAsync(ResourceType.Longhorn("engines"), "longhorn-system", Cancel))
            .Single(engine => engine.TextAt("spec", "volumeName") == "erp-data").TextAt("status", "endpoint")!;
        await using var device = await NbdClient.ConnectAsync(new Uri(endpoint), Cancel);
        var journal = await RecordJournal.OpenAsync(device, Cancel);
        var slot = new byte[1];
        await device.ReadAsync(journal.OffsetOf(5) + 50, slot, Cancel);
        await device.WriteAsync(journal.OffsetOf(5) + 50, new[] { (byte)(slot[0] ^ 4) }, Cancel);

        var report = await _acceptance.ErpAsync(Cancel);

        await device.WriteAsync(journal.OffsetOf(5) + 50, slot, Cancel);
        await device.FlushAsync(Cancel);
        (report.Lost, report.Corrupted).ShouldBe((0, 1));
        report.Details.ShouldBe(["record 5 is damaged on the volume"]);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_no_acceptance()
    {
        await lab.BringUpAsync();
        await lab.Host.StopServiceAsync("postgres", Cancel);

        (await Should.ThrowAsync<BlackstartException>(() => _acceptance.ErpAsync(Cancel))).Code.ShouldBe("BS6014");
    }

    private async Task<long> NewestReceiptAsync() => (await ReceiptBook.ReadAsync(lab.Layout.ErpReceipts, Cancel)).Max(receipt => receipt.Number);

    /// <summary>The volume is attached again a moment after the nodes are back; until then nothing can be asked.</summary>
    private async Task AcceptErpAsync(Func<AcceptanceReport, bool> accepted)
    {
        await lab.UntilAsync(
            async () =>
            {
                try
                {
                    return accepted(await _acceptance.ErpAsync(Cancel));
                }
                catch (BlackstartException e) when (e.Code == "BS6014")
                {
                    return false;
                }
            },
            "the ERP's records are accepted");
    }
}
