using System.Diagnostics;
using System.Globalization;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Tests.Hosting;

/// <summary>A lab in a short temporary folder whose supervisor runs only the real programs; nothing of it survives the test.</summary>
internal sealed class TestLab : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private TestLab(LabLayout layout, LabState state)
    {
        Layout = layout;
        State = state;
        Table = new ProcessTable(layout);
        Supervisor = new SupervisorClient(layout);
        Power = new LabPower(layout, TimeProvider.System);
        Host = new LabHost(layout, Program, TimeProvider.System);
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The command line built beside these tests: artifacts/bin/Blackstart.Cli/CONFIGURATION/blackstart.</summary>
    public static LabProgram Program
    {
        get
        {
            var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            var path = Path.Combine(output.Parent!.Parent!.FullName, "Blackstart.Cli", output.Name, "blackstart");
            File.Exists(path).ShouldBeTrue($"{path} is not built");
            return new LabProgram(path);
        }
    }

    public LabLayout Layout { get; }

    public LabState State { get; }

    public ProcessTable Table { get; }

    public SupervisorClient Supervisor { get; }

    public LabPower Power { get; }

    public LabHost Host { get; }

    public static async Task<TestLab> CreateAsync()
    {
        var layout = new LabLayout(Path.Combine(Path.GetTempPath(), $"bsl-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}"));
        layout.Create();

        // PostgreSQL's own user has to reach its data directory when the tests run as root.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(layout.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        var now = TimeProvider.System.GetUtcNow();
        var state = new LabState(1, Guid.NewGuid(), now, LabPorts.Choose(), ProvisionedAt: now);
        await state.WriteAsync(layout, Cancel);
        return new TestLab(layout, state);
    }

    public static async Task<TestLab> StartAsync(params string[] services)
    {
        var lab = await CreateAsync();
        await lab.StartSupervisorAsync(services);
        return lab;
    }

    public async Task StartSupervisorAsync(params string[] services)
    {
        using var launcher = new ProcessLauncher(Layout);
        using var started = await launcher.StartAsync(
            new Launch(
                "supervisor",
                Program.Path,
                Program.ProcessArguments("supervisor", ["--state", Layout.Root, "--start", string.Join(',', services)]),
                Real: false)
            { Detached = true },
            Cancel);
        await UntilAsync(
            async () => await Supervisor.TryAskAsync(new SupervisorRequest("status", null), Cancel) is { } answer
                && services.All(name => answer.Services[name] == "ready"),
            "services ready");
    }

    public ProcessRecord Process(string name) => Table.Find(name) ?? throw new InvalidOperationException($"no process {name}");

    public void Kill(string name)
    {
        var record = Process(name);
        Signals.Send(record.Pid, record.StartTime, Signals.Kill);
    }

    public Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what);

    public async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > Deadline)
            {
                var logs = string.Join('\n', Directory.EnumerateFiles(Layout.Logs).Select(file => $"== {file}\n{File.ReadAllText(file)}"));
                throw new TimeoutException($"not so within {Deadline.TotalSeconds} s: {what}\n{logs}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Power.CutAsync(CancellationToken.None);
        if (Directory.Exists(Layout.Root))
        {
            Directory.Delete(Layout.Root, recursive: true);
        }
    }
}
