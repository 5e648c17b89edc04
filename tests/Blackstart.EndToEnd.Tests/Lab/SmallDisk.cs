using System.Diagnostics;
using System.Globalization;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>A small ext4 file system under the three nodes' Longhorn disks, so that they can be filled up. Needs root, for mounting.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const long Size = 600L << 20;
    private static readonly string[] Nodes = ["pi1", "pi2", "pi3"];

    private readonly string _folder;
    private readonly List<string> _mounted = [];

    private SmallDisk(string folder) => _folder = folder;

    public static bool IsPossible => Environment.UserName == "root";

    private string FileSystem => Path.Combine(_folder, "disk");

    public static async Task<SmallDisk> UnderAsync(string lab, string folder)
    {
        var disk = new SmallDisk(folder);
        Directory.CreateDirectory(disk.FileSystem);
        var image = Path.Combine(folder, "disk.img");
        await using (var file = File.Create(image))
        {
            file.SetLength(Size);
        }

        await RunAsync("mke2fs", "-q", "-t", "ext4", image);
        await disk.MountAsync("-o", "loop", image, disk.FileSystem);
        foreach (var node in Nodes)
        {
            var source = Directory.CreateDirectory(Path.Combine(disk.FileSystem, node)).FullName;
            var target = Directory.CreateDirectory(Path.Combine(lab, "nodes", node, "longhorn")).FullName;
            await disk.MountAsync("--bind", source, target);
        }

        return disk;
    }

    /// <summary>Leaves only so many bytes free.</summary>
    public async Task FillAsync(long free)
    {
        var space = new DriveInfo(FileSystem).AvailableFreeSpace - free;
        await RunAsync("fallocate", "-l", space.ToString(CultureInfo.InvariantCulture), Path.Combine(FileSystem, "fill"));
    }

    public void MakeRoom() => File.Delete(Path.Combine(FileSystem, "fill"));

    public async ValueTask DisposeAsync()
    {
        foreach (var target in Enumerable.Reverse(_mounted))
        {
            await RunAsync("umount", target);
        }
    }

    private async Task MountAsync(params string[] arguments)
    {
        await RunAsync("mount", arguments);
        _mounted.Add(arguments[^1]);
    }

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{tool} {string.Join(' ', arguments)}: {error}");
    }
}
