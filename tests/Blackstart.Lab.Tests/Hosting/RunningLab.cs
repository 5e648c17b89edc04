using System.Diagnostics;
using System.Globalization;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Tests.Hosting;

/// <summary>A whole lab, created once for a class of tests and gone after it.</summary>
public sealed class RunningLab : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public RunningLab()
    {
        Layout = new LabLayout(Path.Combine(Path.GetTempPath(), $"bsl-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}"));
        Host = new LabHost(Layout, TestLab.Program, TimeProvider.System);
        Power = new LabPower(Layout, TimeProvider.System);
    }

    public LabLayout Layout { get; }

    public LabHost Host { get; }

    public LabPower Power { get; }

    internal ProcessTable Table => new(Layout);

    public async ValueTask InitializeAsync() => await Host.UpAsync(LabUpOptions.Everything, progress: null, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Power.CutAsync(CancellationToken.None);
        await Host.ResetAsync(CancellationToken.None);
    }

    /// <summary>Whatever an earlier test left: the nodes up, and both foundations started.</summary>
    public async Task BringUpAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        await Host.UpAsync(LabUpOptions.Everything, progress: null, cancel);
        await Host.StartServiceAsync("postgres", cancel);
        await Host.StartServiceAsync("git", cancel);
    }

    internal Task<ClusterClient> ConnectAsync() =>
        ClusterClient.FromKubeconfigAsync(Layout.Kubeconfig, TimeProvider.System, TestContext.Current.CancellationToken);

    internal async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > Deadline)
            {
                var logs = string.Join('\n', Directory.EnumerateFiles(Layout.Logs).Select(file => $"== {file}\n{string.Join('\n', File.ReadLines(file).TakeLast(20))}"));
                throw new TimeoutException($"not so within {Deadline.TotalSeconds} s: {what}\n{logs}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
