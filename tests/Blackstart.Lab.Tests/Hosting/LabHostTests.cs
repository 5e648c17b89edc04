using System.Net;
using System.Net.Sockets;
using Blackstart.Core.Errors;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Tests.Hosting;

public sealed class LabHostTests
{
    [Fact]
    public async Task A_port_taken_by_somebody_else_stops_the_start_before_anything_runs()
    {
        await using var lab = await TestLab.CreateAsync();
        using var squatter = new TcpListener(IPAddress.Loopback, lab.State.Ports.Vault);
        squatter.Start();

        var failure = await Should.ThrowAsync<BlackstartException>(() => lab.Host.UpAsync(LabUpOptions.Everything, progress: null, TestLab.Cancel));

        failure.Code.ShouldBe("BS6003");
        failure.Message.ShouldContain(lab.State.Ports.Vault.ToString(System.Globalization.CultureInfo.InvariantCulture));
        lab.Table.Alive().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_path_too_long_for_sockets_is_refused()
    {
        var layout = new LabLayout("/tmp/" + new string('x', 100));
        var host = new LabHost(layout, TestLab.Program, TimeProvider.System);

        (await Should.ThrowAsync<BlackstartException>(() => host.UpAsync(LabUpOptions.Everything, progress: null, TestLab.Cancel))).Code.ShouldBe("BS6002");

        Directory.Exists(layout.Root).ShouldBeFalse();
    }

    [Fact]
    public async Task A_damaged_state_file_is_told()
    {
        await using var lab = await TestLab.CreateAsync();
        await File.WriteAllTextAsync(lab.Layout.StateFile, "{ \"ports\": ", TestLab.Cancel);

        (await Should.ThrowAsync<BlackstartException>(() => lab.Host.UpAsync(LabUpOptions.Everything, progress: null, TestLab.Cancel))).Code.ShouldBe("BS6008");
    }

    [Fact]
    public async Task A_folder_that_is_no_lab_is_not_deleted()
    {
        var folder = Directory.CreateTempSubdirectory("bsl-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "thesis.txt"), "", TestLab.Cancel);
            var host = new LabHost(new LabLayout(folder.FullName), TestLab.Program, TimeProvider.System);

            (await Should.ThrowAsync<BlackstartException>(() => host.ResetAsync(TestLab.Cancel))).Code.ShouldBe("BS6013");

            File.Exists(Path.Combine(folder.FullName, "thesis.txt")).ShouldBeTrue();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_second_command_waits_and_then_says_who_is_at_work()
    {
        await using var lab = await TestLab.CreateAsync();
        using var first = await LabLock.TakeAsync(lab.Layout, TimeSpan.Zero, TimeProvider.System, TestLab.Cancel);

        (await Should.ThrowAsync<BlackstartException>(
            () => LabLock.TakeAsync(lab.Layout, TimeSpan.FromMilliseconds(200), TimeProvider.System, TestLab.Cancel))).Code.ShouldBe("BS6005");

        first.Dispose();
        using var second = await LabLock.TakeAsync(lab.Layout, TimeSpan.Zero, TimeProvider.System, TestLab.Cancel);
    }

    [Fact]
    public void Ports_are_distinct_and_outside_the_range_of_outgoing_connections()
    {
        var ports = LabPorts.Choose().All().Select(entry => entry.Port).ToList();

        ports.ShouldBeUnique();
        ports.ShouldAllBe(port => port > 1024 && port < 32768);
    }
}
