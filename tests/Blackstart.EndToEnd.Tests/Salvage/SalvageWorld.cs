using System.Diagnostics;
using Blackstart.EndToEnd.Tests.Lab;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.EndToEnd.Tests.Salvage;

/// <summary>A disk with replicas, what was on it before, and a folder to write to.</summary>
internal sealed class SalvageWorld : IDisposable
{
    private readonly TestFolder _folder = new();
    private List<string> _before;

    internal SalvageWorld(long size = 16 << 20, int blocks = 1000)
    {
        Replica = new ReplicaBuilder(_folder, size: size)
            .WithLayers(Blocks(size, 0, 3, blocks), Blocks(size, 1, 5, blocks), Blocks(size, 2, 7, blocks))
            .WithCounter(7);
        Directory.CreateDirectory(Scratch);
        File.SetUnixFileMode(Scratch, (UnixFileMode)0x1FF);
        _before = DirectoryRecord.Take(Replica.Disk);
    }

    internal ReplicaBuilder Replica { get; }

    internal string Scratch => _folder["scratch"];

    internal string Image => Path.Combine(Scratch, "image.raw");

    public void Dispose() => _folder.Dispose();

    internal void Remember() => _before = DirectoryRecord.Take(Replica.Disk);

    internal void ShouldBeUnchanged() => DirectoryRecord.Take(Replica.Disk).ShouldBe(_before);

    internal string[] Arguments(SalvageCommand command) => command.Arguments(Replica.Path, Scratch);

    /// <summary>Runs a program to its end, with what it prints.</summary>
    internal async Task<ProgramResult> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return new ProgramResult(process.ExitCode, await output, await error);
    }

    internal Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Scratch };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["BLACKSTART_STATE"] = Path.Combine(Scratch, "state");
        return Process.Start(start)!;
    }

    private static (long Block, byte Fill)[] Blocks(long size, int first, int step, int count) =>
        [.. Enumerable.Range(0, count).Select(i => ((long)(first + (i * step)) % (size / ReplicaBuilder.Block), (byte)(first + 1)))];
}
