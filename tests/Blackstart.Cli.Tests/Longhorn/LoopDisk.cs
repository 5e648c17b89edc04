using System.Diagnostics;

namespace Blackstart.Cli.Tests.Longhorn;

/// <summary>An ext4 file system in a file, mounted; only root can have one.</summary>
internal sealed class LoopDisk : IAsyncDisposable
{
    private LoopDisk(string path) => Path = path;

    internal string Path { get; }

    public async ValueTask DisposeAsync() => (await RunAsync("umount", Path)).ShouldBe(0);

    /// <summary>Makes and mounts one; null where that cannot be done.</summary>
    internal static async Task<LoopDisk?> TryMountAsync(string folder, long size)
    {
        var path = System.IO.Path.Combine(folder, "mount");
        var image = System.IO.Path.Combine(folder, "disk.img");
        if (!Environment.IsPrivilegedProcess || !File.Exists("/dev/loop-control"))
        {
            return null;
        }

        await using (var file = File.Create(image))
        {
            file.SetLength(size);
        }

        Directory.CreateDirectory(path);
        return await RunAsync("mkfs.ext4", "-q", "-b", "4096", "-O", "^has_journal", image) == 0 && await RunAsync("mount", "-o", "loop,nodiscard", image, path) == 0 ? new LoopDisk(path) : null;
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }
}
