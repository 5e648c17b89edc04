using System.Globalization;
using Blackstart.Core.Errors;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting.Services;
using Blackstart.Lab.Provisioning;
using Npgsql;

namespace Blackstart.Lab.Hosting;

/// <summary>The lab on this machine: brings it up and down, tells how it is.</summary>
/// <param name="layout">Where it lies.</param>
/// <param name="program">The program its own processes are started from.</param>
/// <param name="time">Clock for deadlines and time stamps.</param>
public sealed class LabHost(LabLayout layout, LabProgram program, TimeProvider time)
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PortPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    private readonly SupervisorClient _supervisor = new(layout);
    private readonly ProcessTable _table = new(layout);

    /// <summary>Where it lies.</summary>
    public LabLayout Layout => layout;

    /// <summary>
    /// Brings the lab up: on first use it is created and its estate provisioned, PostgreSQL and git included. Later the
    /// nodes come back with what starts by itself (etcd, the cluster, Longhorn, the pods); PostgreSQL and git, which have
    /// no automatic start, and a sealed Vault are left to the recovery plan. A running lab is left alone.
    /// </summary>
    /// <param name="options">What to hold back.</param>
    /// <param name="progress">Told what is being waited for; may be null.</param>
    /// <param name="cancellationToken">Ends the waiting; what was started stays.</param>
    /// <exception cref="BlackstartException"><c>BS6002</c>–<c>BS6008</c>, <c>BS6011</c>: see docs/reference/errors.md.</exception>
    public async Task<LabUpResult> UpAsync(LabUpOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw LabErrors.NotLinux();
        }

        layout.RequireShortPath();
        var started = time.GetTimestamp();
        using var @lock = await LabLock.TakeAsync(layout, LockPatience, time, cancellationToken);
        layout.Create();
        var state = await LabState.TryReadAsync(layout, cancellationToken);
        if (state is null)
        {
            state = new LabState(1, Guid.NewGuid(), time.GetUtcNow(), LabPorts.Choose(), ProvisionedAt: null);
            await state.WriteAsync(layout, cancellationToken);
        }

        await WriteMachineIdsAsync(cancellationToken);
        var running = await _supervisor.TryAskAsync(new SupervisorRequest("status", null), cancellationToken) is not null;
        if (running && state.ProvisionedAt is not null)
        {
            await WaitForUnfinishedStartAsync(cancellationToken);
            return new LabUpResult(WasRunning: true, Provisioned: false, time.GetElapsedTime(started));
        }

        if (!running)
        {
            await StartAsync(state, options, progress, cancellationToken);
        }

        var provisioned = state.ProvisionedAt is null;
        if (provisioned)
        {
            await ProvisionAsync(state, progress, cancellationToken);
        }

        return new LabUpResult(WasRunning: false, provisioned, time.GetElapsedTime(started));
    }

    /// <summary>Ends every process of the lab in order; its data stays. Does nothing on a lab that is down.</summary>
    /// <returns>Whether anything ran.</returns>
    /// <exception cref="BlackstartException"><c>BS6005</c> another command is at work; <c>BS6009</c> a process does not end.</exception>
    public async Task<bool> DownAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(layout.Root))
        {
            return false;
        }

        using var @lock = await LabLock.TakeAsync(layout, LockPatience, time, cancellationToken);
        return await StopAsync(cancellationToken);
    }

    /// <summary>Ends the lab and deletes its state directory.</summary>
    /// <exception cref="BlackstartException"><c>BS6005</c>, <c>BS6009</c>; <c>BS6013</c>: the folder is no lab's.</exception>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(layout.Root))
        {
            return;
        }

        if (!File.Exists(layout.StateFile) && !File.Exists(layout.LockFile) && Directory.EnumerateFileSystemEntries(layout.Root).Any())
        {
            throw new BlackstartException(
                "BS6013",
                ExitCode.InvalidInput,
                $"deleting the lab in {layout.Root}",
                "the folder holds no lab.json, so it is not a lab's",
                "Name the lab's own folder with --state-dir");
        }

        using var @lock = await LabLock.TakeAsync(layout, LockPatience, time, cancellationToken);
        await StopAsync(cancellationToken);
        Directory.Delete(layout.Root, recursive: true);
    }

    /// <summary>Demands that the lab is up.</summary>
    /// <exception cref="BlackstartException"><c>BS6001</c>: it is down.</exception>
    public Task RequireRunningAsync(CancellationToken cancellationToken) =>
        _supervisor.AskAsync(new SupervisorRequest("status", null), cancellationToken);

    /// <summary>Starts one service, as <c>systemctl start</c> would on its machine, and waits until it answers.</summary>
    /// <exception cref="BlackstartException"><c>BS6001</c> the lab is down; <c>BS6006</c> it did not start.</exception>
    public Task StartServiceAsync(string name, CancellationToken cancellationToken) =>
        _supervisor.AskAsync(new SupervisorRequest("start", name), cancellationToken);

    /// <summary>Stops one service in order.</summary>
    /// <exception cref="BlackstartException"><c>BS6001</c> the lab is down; <c>BS6006</c> there is no such service.</exception>
    public Task StopServiceAsync(string name, CancellationToken cancellationToken) =>
        _supervisor.AskAsync(new SupervisorRequest("stop", name), cancellationToken);

    /// <summary>How the lab is.</summary>
    /// <exception cref="BlackstartException"><c>BS6001</c>: there is no lab in the folder.</exception>
    public async Task<LabStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var state = await LabState.ReadAsync(layout, cancellationToken);
        var answer = await _supervisor.TryAskAsync(new SupervisorRequest("status", null), cancellationToken);
        return new LabStatus(
            1,
            answer is not null,
            layout.Root,
            layout.Estate,
            layout.Kubeconfig,
            "lab",
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{state.Ports.Vault}"),
            layout.UnsealKey,
            string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={state.Ports.Postgres} user={PostgresService.User} dbname=postgres passfile={layout.PostgresPassFile}"),
            string.Create(CultureInfo.InvariantCulture, $"git://127.0.0.1:{state.Ports.Git}/{GitService.Repository}"),
            [.. LabLayout.NodeNames.Select(name => new LabNode(name, layout.LonghornDisk(name)))],
            answer?.Services ?? new Dictionary<string, string>(StringComparer.Ordinal),
            [.. _table.Alive().Select(record => new LabProcessStatus(record.Name, record.Pid, record.Real))]);
    }

    private async Task StartAsync(LabState state, LabUpOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        // What a crash left alive would hold ports and files.
        await new LabPower(layout, time).CutAsync(cancellationToken);
        foreach (var record in _table.Read())
        {
            _table.Remove(record.Name);
        }

        foreach (var (port, process) in state.Ports.All())
        {
            await WaitForPortAsync(port, process, cancellationToken);
        }

        var first = state.ProvisionedAt is null;
        var services = Supervisor.NodeServices
            .Where(name => !options.Hold.Contains(name, StringComparer.Ordinal))

            // Longhorn's definitions do not exist yet when the lab is new: provisioning starts it behind them.
            .Where(name => !first || name != LonghornService.Name)
            .Concat(first ? [PostgresService.Name, GitService.Name] : [])
            .ToList();
        var since = time.GetUtcNow();
        using (var launcher = new ProcessLauncher(layout))
        {
            using var supervisor = await launcher.StartAsync(
                new Launch(
                    Supervisor.Name,
                    program.Path,
                    program.ProcessArguments(Supervisor.Name, ["--state", layout.Root, "--start", string.Join(',', services)]),
                    Real: false)
                { Detached = true },
                cancellationToken);
            progress?.Report($"starting {string.Join(", ", services)}");
            await WaitForServicesAsync(services, supervisor.Record, cancellationToken);
        }

        if (services.Contains(KubernetesService.Name, StringComparer.Ordinal))
        {
            progress?.Report("waiting for the nodes");
            await WaitForNodesAsync(since, cancellationToken);
        }
    }

    /// <summary>A process in its last instant may still hold its port; one that holds it for longer is somebody else's.</summary>
    private async Task WaitForPortAsync(int port, string process, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!LabPorts.IsFree(port))
        {
            if (time.GetElapsedTime(started) > PortPatience)
            {
                throw LabErrors.PortTaken(port, process, layout.StateFile);
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>Who a node is, as /etc/machine-id on a real one (man 5 machine-id): made once.</summary>
    private async Task WriteMachineIdsAsync(CancellationToken cancellationToken)
    {
        foreach (var node in LabLayout.NodeNames)
        {
            if (!File.Exists(layout.MachineId(node)))
            {
                await File.WriteAllTextAsync(layout.MachineId(node), Guid.NewGuid().ToString("N") + "\n", cancellationToken);
            }
        }
    }

    private async Task ProvisionAsync(LabState state, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        foreach (var name in (string[])[PostgresService.Name, GitService.Name])
        {
            await StartServiceAsync(name, cancellationToken);
        }

        using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, time, cancellationToken);
        try
        {
            await new Provisioner(layout, state, client, this, time, progress).RunAsync(cancellationToken);
        }
        catch (Exception e) when (e is ClusterApiException or HttpRequestException or TimeoutException or IOException or NpgsqlException)
        {
            throw LabErrors.ProvisioningFailed("its objects, volumes and databases", e.Message, layout.Logs);
        }

        await (state with { ProvisionedAt = time.GetUtcNow() }).WriteAsync(layout, cancellationToken);
    }

    /// <summary>An earlier 'lab up' may have been killed while it waited: what it started is waited for now.</summary>
    private async Task WaitForUnfinishedStartAsync(CancellationToken cancellationToken)
    {
        var answer = await _supervisor.AskAsync(new SupervisorRequest("status", null), cancellationToken);
        var unfinished = Supervisor.NodeServices.Where(name => answer.Services.GetValueOrDefault(name) is not ("ready" or "stopped")).ToList();
        if (unfinished.Count > 0 && _table.Find(Supervisor.Name) is { } supervisor)
        {
            var since = time.GetUtcNow();
            await WaitForServicesAsync(unfinished, supervisor, cancellationToken);
            await WaitForNodesAsync(since, cancellationToken);
        }
    }

    private async Task WaitForServicesAsync(IReadOnlyList<string> services, ProcessRecord supervisor, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var waiting = "the supervisor gives no answer";
        while (time.GetElapsedTime(started) < StartDeadline)
        {
            if (await _supervisor.TryAskAsync(new SupervisorRequest("status", null), cancellationToken) is { } answer)
            {
                var late = services.Where(name => answer.Services.GetValueOrDefault(name) != "ready").ToList();
                if (late.Count == 0)
                {
                    return;
                }

                waiting = string.Join("; ", late.Select(name => $"{name} is {answer.Services.GetValueOrDefault(name)}, see {layout.Log(name)}"));
            }
            else if (!supervisor.IsAlive())
            {
                waiting = "the supervisor ended";
                break;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }

        throw LabErrors.NotReady("the lab", time.GetElapsedTime(started), layout.Log(Supervisor.Name), waiting);
    }

    /// <summary>A node object outlives its kubelet: only a heartbeat since this start counts.</summary>
    private async Task WaitForNodesAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var second = new DateTimeOffset(since.Year, since.Month, since.Day, since.Hour, since.Minute, since.Second, TimeSpan.Zero);
        using var client = await ClusterClient.FromKubeconfigAsync(layout.Kubeconfig, time, cancellationToken);
        var started = time.GetTimestamp();
        while (true)
        {
            var ready = (await client.ListAsync(ResourceType.Nodes, null, cancellationToken))
                .Where(node => node.ItemsAt("status", "conditions").Any(condition =>
                    condition.TextAt("type") == "Ready"
                    && condition.TextAt("status") == "True"
                    && DateTimeOffset.TryParse(condition.TextAt("lastHeartbeatTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var beat)
                    && beat >= second))
                .Select(node => node.Name())
                .ToList();
            var late = LabLayout.NodeNames.Except(ready, StringComparer.Ordinal).ToList();
            if (late.Count == 0)
            {
                return;
            }

            if (time.GetElapsedTime(started) > StartDeadline)
            {
                throw LabErrors.NotReady("the nodes", time.GetElapsedTime(started), layout.Log(KubernetesService.Name), $"not ready: {string.Join(", ", late)}");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private async Task<bool> StopAsync(CancellationToken cancellationToken)
    {
        var asked = await _supervisor.TryAskAsync(new SupervisorRequest("shutdown", null), cancellationToken) is not null;
        var started = time.GetTimestamp();
        while (asked && _table.Find(Supervisor.Name)?.IsAlive() == true && time.GetElapsedTime(started) < StopDeadline)
        {
            await Task.Delay(Poll, time, cancellationToken);
        }

        // A crash may have left processes that no supervisor answers for.
        var left = await new LabPower(layout, time).CutAsync(cancellationToken);
        foreach (var record in _table.Read())
        {
            _table.Remove(record.Name);
        }

        return asked || left.Count > 0;
    }
}
