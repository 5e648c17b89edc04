using Blackstart.Core.Errors;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Hosting.Services;
using Npgsql;

namespace Blackstart.Lab.Tests.Hosting;

public sealed class SupervisorTests
{
    private static readonly string[] Real = ["etcd", "postgres", "git"];

    [Fact]
    public async Task A_killed_supervisor_takes_every_process_with_it()
    {
        await using var lab = await TestLab.StartAsync(Real);
        lab.Table.Alive().Count.ShouldBeGreaterThan(4);

        lab.Kill("supervisor");

        await lab.UntilAsync(() => lab.Table.Alive().Count == 0, "no process is left");
    }

    [Theory]
    [InlineData("etcd")]
    [InlineData("postgres")]
    [InlineData("git")]
    public async Task A_service_that_dies_is_started_again_and_leaves_nothing_behind(string name)
    {
        await using var lab = await TestLab.StartAsync(name);
        var before = lab.Process(name);

        lab.Kill(name);

        await lab.UntilAsync(
            async () => (await lab.Supervisor.AskAsync(new SupervisorRequest("status", null), TestLab.Cancel)).Services[name] == "ready"
                && lab.Table.Find(name) is { } now && now.Pid != before.Pid && now.IsAlive(),
            $"{name} runs again");
        await lab.Host.DownAsync(TestLab.Cancel);
        lab.Table.Alive().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_power_cut_leaves_no_process_and_may_be_repeated()
    {
        await using var lab = await TestLab.StartAsync(Real);

        var killed = await lab.Power.CutAsync(TestLab.Cancel);

        killed.Select(record => record.Name).ShouldContain("supervisor");
        killed.ShouldAllBe(record => !record.IsAlive());
        lab.Table.Alive().ShouldBeEmpty();
        (await lab.Power.CutAsync(TestLab.Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Processes_that_nobody_wrote_down_are_found_too()
    {
        await using var lab = await TestLab.StartAsync(Real);
        foreach (var file in Directory.EnumerateFiles(lab.Layout.Processes))
        {
            File.Delete(file);
        }

        await lab.Power.CutAsync(TestLab.Cancel);

        lab.Table.Alive().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_committed_before_a_power_cut_is_there_after_it()
    {
        await using var lab = await TestLab.StartAsync("postgres");
        var connectionString = await PostgresService.ConnectionStringAsync(lab.Layout, lab.State, "postgres", TestLab.Cancel);
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync(TestLab.Cancel);
            await using var command = new NpgsqlCommand("CREATE TABLE t (n int); INSERT INTO t VALUES (42)", connection);
            await command.ExecuteNonQueryAsync(TestLab.Cancel);
            await lab.Power.CutAsync(TestLab.Cancel);
        }

        await lab.StartSupervisorAsync("postgres");

        await using var again = new NpgsqlConnection(connectionString);
        await again.OpenAsync(TestLab.Cancel);
        await using var query = new NpgsqlCommand("SELECT n FROM t", again);
        (await query.ExecuteScalarAsync(TestLab.Cancel)).ShouldBe(42);
    }

    [Fact]
    public async Task A_foundation_is_started_and_stopped_by_name()
    {
        await using var lab = await TestLab.StartAsync("git");
        lab.Table.Find("postgres").ShouldBeNull();

        await lab.Host.StartServiceAsync("postgres", TestLab.Cancel);
        lab.Process("postgres").IsAlive().ShouldBeTrue();
        await lab.Host.StopServiceAsync("postgres", TestLab.Cancel);

        lab.Table.PostgresProcesses().ShouldBeEmpty();
        (await Should.ThrowAsync<BlackstartException>(() => lab.Host.StartServiceAsync("postgress", TestLab.Cancel))).Code.ShouldBe("BS6006");
    }

    [Fact]
    public async Task Nothing_is_asked_of_a_lab_that_is_down()
    {
        await using var lab = await TestLab.CreateAsync();

        (await Should.ThrowAsync<BlackstartException>(() => lab.Host.StartServiceAsync("git", TestLab.Cancel))).Code.ShouldBe("BS6001");
        (await lab.Host.DownAsync(TestLab.Cancel)).ShouldBeFalse();
        (await lab.Host.StatusAsync(TestLab.Cancel)).Running.ShouldBeFalse();
    }
}
