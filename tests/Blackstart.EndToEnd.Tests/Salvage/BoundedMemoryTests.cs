using System.Globalization;
using System.Text;
using Blackstart.EndToEnd.Tests.Lab;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.EndToEnd.Tests.Salvage;

/// <summary>However a disk is filled to exhaust it, a command stays under 150 MiB and ends soon. Peak memory is the kernel's (VmHWM).</summary>
public sealed class BoundedMemoryTests : IDisposable
{
    private const long Most = 150 << 10;
    private readonly SalvageWorld _world = new(4 << 20, 100);

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Of_a_long_chain_whose_metadata_is_as_large_as_it_may_be()
    {
        const int layers = 120;
        var replica = new ReplicaBuilder(_world.Replica, "bbbbbbbb", 2 << 20).WithLayers([.. Enumerable.Range(0, layers).Select(i => new[] { ((long)i, (byte)1) })]);
        var names = ReplicaBuilder.Names(layers);
        for (var i = 0; i < layers; i++)
        {
            var content = $$"""{"Parent":"{{(i + 1 < layers ? names[i + 1] : string.Empty)}}","Created":"{{new string('x', 1_000_000)}}"}""";
            await File.WriteAllTextAsync(replica[names[i] + ".meta"], content, TestContext.Current.CancellationToken);
        }

        await ShouldStaySmallAsync(0, "longhorn", "export", replica.Path, "--to", _world.Image);
    }

    [Fact]
    public async Task Of_metadata_of_very_many_keys()
    {
        var keys = new StringBuilder("{\"Parent\":\"volume-snap-s1.img\"");
        for (var i = 0; keys.Length < 1_000_000; i++)
        {
            keys.Append(CultureInfo.InvariantCulture, $",\"{i}\":[[]]");
        }

        await File.WriteAllTextAsync(_world.Replica["volume-snap-s2.img.meta"], keys.Append('}').ToString(), TestContext.Current.CancellationToken);
        await ShouldStaySmallAsync(0, "longhorn", "export", _world.Replica.Path, "--to", _world.Image);
    }

    [Fact]
    public async Task Of_a_disk_full_of_unrelated_files()
    {
        for (var i = 0; i < 100_000; i++)
        {
            await File.Create(i % 2 == 0 ? _world.Replica[$"stray-{i}.meta"] : Path.Combine(_world.Replica.Disk, "replicas", $"stray-{i}")).DisposeAsync();
        }

        await ShouldStaySmallAsync(0, "longhorn", "scan", _world.Replica.Disk, "--output", "json");
        await ShouldStaySmallAsync(0, "longhorn", "export", _world.Replica.Path, "--to", _world.Image, "--output", "json");
    }

    [Fact]
    public async Task Of_metadata_of_2_GiB()
    {
        using (var handle = File.OpenHandle(_world.Replica["volume.meta"], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(handle, 2L << 30);
        }

        var result = await ShouldStaySmallAsync(1, "longhorn", "export", _world.Replica.Path, "--to", _world.Image);
        (result.Output + result.Error).ShouldContain("volume.meta");
    }

    private async Task<ProgramResult> ShouldStaySmallAsync(int exitCode, params string[] arguments)
    {
        using var process = _world.Start(BlackstartProgram.Path, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(2));
        var ending = process.WaitForExitAsync(deadline.Token);
        var peak = 0L;
        while (!ending.IsCompleted)
        {
            peak = Math.Max(peak, Peak(process.Id));
            await Task.WhenAny(ending, Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System, deadline.Token));
        }

        await ending;
        var result = new ProgramResult(process.ExitCode, await output, await error);
        result.ExitCode.ShouldBe(exitCode, result.ToString());
        peak.ShouldBeInRange(1, Most, "KiB");
        TestContext.Current.SendDiagnosticMessage($"{string.Join(' ', arguments)}: {peak} KiB");
        return result;
    }

    /// <summary>In KiB; 0 if the process has ended.</summary>
    private static long Peak(int process)
    {
        try
        {
            var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
