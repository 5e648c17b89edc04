using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Kubelet;

/// <summary>Carries one pod from its binding to its end. A pod of the lab has one container.</summary>
internal sealed class PodWorker : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(5);

    private readonly KubeletContext _context;
    private readonly JsonObject _pod;
    private readonly JsonObject _container;
    private readonly ContainerRecord _record;
    private readonly PodReport _report;
    private readonly PodMounts _mounts;
    private readonly BackOff _backOff;
    private readonly CancellationTokenSource _deleted = new();
    private TimeSpan _grace = TimeSpan.FromSeconds(30);
    private bool _gone;

    public PodWorker(KubeletContext context, JsonObject pod)
    {
        _context = context;
        _pod = pod;
        _container = pod.ItemsAt("spec", "containers").First();
        _record = new ContainerRecord(_container);
        _report = new PodReport(context, pod, _record);
        _mounts = new PodMounts(context, pod);
        _backOff = new BackOff(context.Time);
        if (pod.ItemsAt("status", "containerStatuses").FirstOrDefault() is { } status)
        {
            _record.Inherit(status, context.Now());
        }

        Tell(pod, removed: false);
    }

    /// <summary>Hears of a change of the pod object.</summary>
    /// <param name="pod">As it is now.</param>
    /// <param name="removed">It is gone from the API server already (deleted by force).</param>
    public void Tell(JsonObject pod, bool removed)
    {
        if (removed)
        {
            _gone = true;
            _grace = TimeSpan.FromSeconds(1);
        }
        else if (pod.IsBeingDeleted())
        {
            _grace = TimeSpan.FromSeconds(pod.At("metadata", "deletionGracePeriodSeconds")?.GetValue<long>() ?? 30);
        }
        else
        {
            return;
        }

        _deleted.Cancel();
    }

    /// <summary>Works until the pod is gone, or until the kubelet is stopped.</summary>
    public async Task RunAsync(CancellationToken shutdown)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(shutdown, _deleted.Token);
        try
        {
            await KeepAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Deleted, or the node shuts down; the process is gone by now.
        }

        if (_deleted.IsCancellationRequested)
        {
            await UntilItWorksAsync(RemoveAsync, shutdown);
        }
    }

    public void Dispose() => _deleted.Dispose();

    private async Task KeepAsync(CancellationToken ending)
    {
        var policy = _pod.TextAt("spec", "restartPolicy") ?? "Always";
        if (!PodProcess.CanRun(_container))
        {
            await RefuseImageAsync(ending);
        }

        // A node that comes back does not run again what is to run once.
        if (policy == "Never" && _record.Ended() is { } before)
        {
            await FinishAsync(before, ending);
        }

        while (true)
        {
            var places = await MountAsync(ending);
            var started = _context.Time.GetTimestamp();
            var exitCode = await RunContainerAsync(places, ending);
            if (policy == "Never" || (policy == "OnFailure" && exitCode == 0))
            {
                await FinishAsync(exitCode, ending);
            }

            var pause = _backOff.After(started);
            _record.Wait(
                "CrashLoopBackOff",
                string.Create(CultureInfo.InvariantCulture, $"back-off {pause.TotalMilliseconds:0}ms restarting failed container={_record.Name} pod={_pod.Name()}_{_pod.Namespace()}({_pod.Uid()})"));
            await SendAsync("Running", ending);
            await _context.Events.TellAsync(
                _pod, "Warning", "BackOff", $"Back-off restarting failed container {_record.Name} in pod {_pod.Name()}_{_pod.Namespace()}({_pod.Uid()})", ending);
            await Task.Delay(pause, _context.Time, ending);
            _record.Restarts++;
        }
    }

    /// <summary>The pod is over; it stays until it is deleted.</summary>
    private async Task FinishAsync(int exitCode, CancellationToken ending)
    {
        await UntilItWorksAsync(_mounts.DetachAsync, ending);
        await SendAsync(exitCode == 0 ? "Succeeded" : "Failed", ending);
        await Task.Delay(Timeout.InfiniteTimeSpan, _context.Time, ending);
    }

    private async Task RefuseImageAsync(CancellationToken ending)
    {
        var image = _container.TextAt("image");
        var message = $"Failed to pull image \"{image}\": the lab runs only blackstart itself and images of the form blackstart.lab/NAME ({string.Join(", ", LabProcesses.Names)})";
        await _context.Events.TellAsync(_pod, "Warning", "Failed", message, ending);
        _record.Wait("ErrImagePull", message);
        await SendAsync("Pending", ending);
        await Task.Delay(Refresh, _context.Time, ending);
        _record.Wait("ImagePullBackOff", $"Back-off pulling image \"{image}\"");
        await SendAsync("Pending", ending);
        await Task.Delay(Timeout.InfiniteTimeSpan, _context.Time, ending);
    }

    /// <summary>Gets volumes and Secrets; for as long as one is missing the container is not created.</summary>
    private async Task<PathSubstitution> MountAsync(CancellationToken ending)
    {
        var told = _context.Time.GetTimestamp();
        string? last = null;
        _record.Wait(_record.Restarts == 0 ? "ContainerCreating" : "CrashLoopBackOff", message: null);
        await SendAsync(_record.Restarts == 0 ? "Pending" : "Running", ending);
        while (true)
        {
            try
            {
                return await _mounts.PrepareAsync(_container, ending);
            }
            catch (MountException e)
            {
                if (e.Message != last || _context.Time.GetElapsedTime(told) > TimeSpan.FromSeconds(5))
                {
                    await _context.Events.TellAsync(_pod, "Warning", e.Reason, e.Message, ending);
                    told = _context.Time.GetTimestamp();
                    last = e.Message;
                }

                _record.Wait("ContainerCreating", message: null);
                await SendAsync("Pending", ending);
            }
            catch (Exception e) when (IsPassing(e))
            {
                await Console.Error.WriteLineAsync($"{_pod.Key()}: {e.Message}");
            }

            await Task.Delay(Retry, _context.Time, ending);
        }
    }

    private async Task<int> RunContainerAsync(PathSubstitution places, CancellationToken ending)
    {
        var startedAt = _context.Now();
        var message = new TerminationMessage(_container, _mounts.TerminationMessage);
        message.Clear();
        await PodLog.BeginAsync(_context.Layout.Log(PodProcess.Name(_pod)), _pod.Uid(), ending);
        using var child = await _context.Launcher.StartAsync(PodProcess.Launch(_context, _pod, _container, places), ending);
        try
        {
            if (PodProcess.IsOwn(_container))
            {
                // Without stdin in its specification a container reads the end of file; only the lab's own programs hold on to a lifeline.
                child.Process.StandardInput.Close();
            }

            _record.Run($"blackstart-lab://{child.Record.Pid.ToString(CultureInfo.InvariantCulture)}", startedAt);
            await SendAsync("Running", ending);
            await _context.Events.TellAsync(_pod, "Normal", "Started", $"Started container {_record.Name}", ending);
            await WatchAsync(child, ending);
        }
        finally
        {
            if (ending.IsCancellationRequested)
            {
                await EndAsync(child);
            }
            else
            {
                // Something else failed: the container must not run on unwatched.
                Signals.Send(child.Record.Pid, child.Record.StartTime, Signals.Kill);
                await child.WaitAsync(CancellationToken.None);
            }

            new ProcessTable(_context.Layout).Remove(child.Record.Name);
            var log = _context.Layout.Log(PodProcess.Name(_pod));
            _record.End(child.Process.ExitCode, message.Read(child.Process.ExitCode, log), startedAt, _context.Now());
        }

        await SendAsync("Running", ending);
        return child.Process.ExitCode;
    }

    private async Task WatchAsync(LaunchedProcess child, CancellationToken ending)
    {
        var probe = new ReadinessProbe(_container);
        var exit = child.WaitAsync(ending);
        var refreshed = _context.Time.GetTimestamp();
        while (!exit.IsCompleted)
        {
            _record.Ready = await probe.AskAsync(_record.Ready, ending) && !child.Process.HasExited;
            await SendAsync("Running", ending);
            if (_context.Time.GetElapsedTime(refreshed) > Refresh)
            {
                await RefreshAsync(ending);
                refreshed = _context.Time.GetTimestamp();
            }

            await Task.WhenAny(exit, Task.Delay(probe.Period(_record.Ready), _context.Time, ending));
        }

        await exit;
    }

    private async Task RefreshAsync(CancellationToken ending)
    {
        try
        {
            await _mounts.RefreshAsync(ending);
        }
        catch (Exception e) when (e is MountException || IsPassing(e))
        {
            await Console.Error.WriteLineAsync($"{_pod.Key()}: {e.Message}");
        }
    }

    private async Task EndAsync(LaunchedProcess child)
    {
        var grace = _deleted.IsCancellationRequested ? _grace : ShutdownGrace;
        Signals.Send(child.Record.Pid, child.Record.StartTime, Signals.Terminate);
        try
        {
            await child.WaitAsync(CancellationToken.None).WaitAsync(grace, _context.Time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            Signals.Send(child.Record.Pid, child.Record.StartTime, Signals.Kill);
            await child.WaitAsync(CancellationToken.None);
        }
    }

    private async Task RemoveAsync(CancellationToken shutdown)
    {
        await _mounts.ReleaseAsync(shutdown);
        if (!_gone && await _report.SendAsync(LastPhase(), shutdown))
        {
            await _context.Client.DeleteAsync(ResourceType.Pods, _pod.Namespace(), _pod.Name(), gracePeriodSeconds: 0, shutdown);
        }
    }

    /// <summary>The phase that a pod goes with: how it ended, if it was one that ends.</summary>
    private string LastPhase()
    {
        var restarts = (_pod.TextAt("spec", "restartPolicy") ?? "Always") == "Always";
        var exitCode = _record.State.At("terminated", "exitCode")?.GetValue<int>();
        return restarts || exitCode is null ? "Running" : exitCode == 0 ? "Succeeded" : "Failed";
    }

    private async Task SendAsync(string phase, CancellationToken cancellationToken) =>
        await UntilItWorksAsync(async token => _ = await _report.SendAsync(phase, token), cancellationToken);

    /// <summary>The API server may be away for a moment; a pod goes on without it.</summary>
    private async Task UntilItWorksAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await call(cancellationToken);
                return;
            }
            catch (OperationCanceledException)
            {
                throw;
            }
            catch (Exception e) when (IsPassing(e) && attempt < 20)
            {
                await Task.Delay(Retry, _context.Time, cancellationToken);
            }
        }
    }

    private static bool IsPassing(Exception e) => e is HttpRequestException or ClusterApiException or TimeoutException or IOException or BlackstartException;
}
