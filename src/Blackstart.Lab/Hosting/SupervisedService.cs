using System.Globalization;
using Blackstart.Core.Errors;
using Blackstart.Lab.Hosting.Services;

namespace Blackstart.Lab.Hosting;

/// <summary>Keeps one service running for as long as it is wanted.</summary>
internal sealed class SupervisedService(
    ServiceDefinition definition,
    LabLayout layout,
    ProcessLauncher launcher,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ProcessTable _table = new(layout);
    private readonly SemaphoreSlim _change = new(1, 1);
    private CancellationTokenSource? _stop;
    private Task _loop = Task.CompletedTask;
    private int _failures;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => definition.Name;

    public ServiceState State { get; private set; } = ServiceState.Stopped;

    /// <summary>Why it is not ready; null when nothing is known to be wrong.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Says that it will be started, so that whoever asks meanwhile waits for it.</summary>
    public void Announce() => State = ServiceState.Waiting;

    /// <summary>Starts it, unless it runs, and waits until it answers.</summary>
    /// <exception cref="BlackstartException"><c>BS6004</c>: it did not answer in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _change.WaitAsync(cancellationToken);
        try
        {
            if (_stop is null)
            {
                _stop = new CancellationTokenSource();
                _failures = 0;
                Trouble = null;
                _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var token = _stop.Token;
                _loop = Task.Run(() => KeepAsync(token), CancellationToken.None);
            }
        }
        finally
        {
            _change.Release();
        }

        try
        {
            await _ready.Task.WaitAsync(definition.Deadline, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw LabErrors.NotReady(Name, definition.Deadline, layout.Log(Name), Trouble ?? "it gave no sign");
        }
    }

    /// <summary>Ends it in order, and by force when that takes too long.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _change.WaitAsync(cancellationToken);
        try
        {
            if (_stop is not null)
            {
                await _stop.CancelAsync();
                await _loop;
                _stop.Dispose();
                _stop = null;
            }

            State = ServiceState.Stopped;
        }
        finally
        {
            _change.Release();
        }
    }

    public void Dispose()
    {
        _change.Dispose();
        _stop?.Dispose();
    }

    private async Task KeepAsync(CancellationToken stop)
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            State = ServiceState.Starting;
            try
            {
                await RunOnceAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Trouble = e.Message;
            }

            if (stop.IsCancellationRequested)
            {
                break;
            }

            State = ServiceState.Failed;
            _failures++;
            await SayAsync(string.Create(CultureInfo.InvariantCulture, $"{Name} ended ({Trouble}); starting it again in {pause.TotalSeconds:0.0} s"));
            pause = time.GetElapsedTime(started) > TimeSpan.FromSeconds(10) ? FirstPause : pause;
            try
            {
                await Task.Delay(pause, time, stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
        }

        State = ServiceState.Stopped;
    }

    private async Task RunOnceAsync(CancellationToken stop)
    {
        var launch = await definition.PrepareAsync(stop);
        using var child = await launcher.StartAsync(launch, stop);
        try
        {
            using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var probing = ProbeAsync(watching.Token);
            try
            {
                await child.WaitAsync(stop);
                Trouble = string.Create(CultureInfo.InvariantCulture, $"exit code {child.Process.ExitCode}");
            }
            finally
            {
                await watching.CancelAsync();
                await probing;
            }
        }
        finally
        {
            await EndAsync(child);
            _table.Remove(Name);
        }
    }

    private async Task ProbeAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await definition.IsReadyAsync(cancellationToken))
                {
                    State = ServiceState.Ready;
                    Trouble = null;
                    _ready.TrySetResult();
                    return;
                }
            }
            catch (Exception e)
            {
                if (_failures == 0)
                {
                    Trouble = e.Message;
                }
            }

            try
            {
                await Task.Delay(Poll, time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task EndAsync(LaunchedProcess child)
    {
        if (child.Process.HasExited)
        {
            return;
        }

        Signals.Send(child.Record.Pid, child.Record.StartTime, definition.StopSignal);
        try
        {
            await child.WaitAsync(CancellationToken.None).WaitAsync(definition.Grace, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await SayAsync($"{Name} did not end when asked to: killing it");
            Signals.Send(child.Record.Pid, child.Record.StartTime, Signals.Kill);
            await child.WaitAsync(CancellationToken.None);
        }
    }

    private Task SayAsync(string text) =>
        Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {text}"));
}
