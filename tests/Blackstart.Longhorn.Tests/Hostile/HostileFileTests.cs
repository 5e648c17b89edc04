using System.Net.Sockets;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Hostile;

/// <summary>Anything but the right file where a file should be, and files that change under one's hands.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly HostileReplica _replica = new();

    public static TheoryData<string, string> Kinds()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in new[] { "volume.meta", "volume-head-000.img", "volume-head-000.img.meta", "volume-snap-s2.img", "volume-snap-s2.img.meta", "volume-snap-s1.img", "volume-snap-s1.img.meta" })
        {
            foreach (var kind in new[] { "link inside", "link outside", "dangling link", "link to itself", "fifo", "socket", "directory", "device" })
            {
                data.Add(name, kind);
            }
        }

        return data;
    }

    public void Dispose() => _replica.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_no_regular_file_is_refused_at_once(string name, string kind)
    {
        var path = _replica[name];
        File.Move(path, _replica[$"{name}.tmp"]);
        switch (kind)
        {
            case "link inside":
                File.CreateSymbolicLink(path, $"{name}.tmp");
                break;
            case "link outside":
                File.Move(_replica[$"{name}.tmp"], _replica.Outside("elsewhere"));
                File.CreateSymbolicLink(path, _replica.Outside("elsewhere"));
                break;
            case "dangling link":
                File.CreateSymbolicLink(path, _replica.Outside("nowhere"));
                break;
            case "link to itself":
                File.CreateSymbolicLink(path, name);
                break;
            case "fifo":
                await Tool.RunAsync("mkfifo", path);
                break;
            case "socket":
                // The path of a socket is short; that of a test folder is not.
                var place = $"/tmp/bs-hostile-{Guid.NewGuid():N}"[..24];
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(place));
                    if (!IsSameFileSystem(place))
                    {
                        File.Delete(place);
                        return;
                    }

                    await Tool.RunAsync("mv", place, path);
                }

                break;
            case "directory":
                Directory.CreateDirectory(path);
                break;
            default:
                if (!Environment.IsPrivilegedProcess)
                {
                    // Only root makes device nodes.
                    return;
                }

                await Tool.RunAsync("mknod", path, "c", "1", "5");
                break;
        }

        _replica.ShouldBeRefused(SalvageCode.NotARegularFile, name);
    }

    [Fact]
    public void A_layer_as_a_hard_link_to_another_is_read_like_any_file()
    {
        File.Delete(_replica["volume-snap-s1.img"]);
        CreateHardLink("volume-snap-s2.img", "volume-snap-s1.img");
        _replica.Judge().Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("volume.meta")]
    [InlineData("volume-snap-s2.img")]
    [InlineData("volume-snap-s2.img.meta")]
    public void A_file_that_may_not_be_read_is_refused_by_name(string name)
    {
        if (Environment.IsPrivilegedProcess)
        {
            // Root may read everything.
            return;
        }

        File.SetUnixFileMode(_replica[name], UnixFileMode.None);
        _replica.ShouldBeRefused(SalvageCode.ReadFailed, name);
    }

    [Fact]
    public void A_directory_that_may_not_be_read_is_refused_by_name()
    {
        if (Environment.IsPrivilegedProcess)
        {
            // Root may read everything.
            return;
        }

        foreach (var mode in new[] { UnixFileMode.None, UnixFileMode.UserRead, UnixFileMode.UserExecute })
        {
            File.SetUnixFileMode(_replica.Path, mode);
            _replica.ShouldBeRefused(SalvageCode.DirectoryUnreadable);
        }

        File.SetUnixFileMode(_replica.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void A_directory_full_of_unrelated_files_is_judged_soon_and_told_briefly()
    {
        for (var i = 0; i < 30_000; i++)
        {
            File.Create(_replica[$"stray-{i}{(i % 3) switch { 0 => ".meta", 1 => ".tmp", _ => string.Empty }}"]).Dispose();
        }

        var judgement = _replica.Judge();
        judgement.Refusal.ShouldBeNull();
        judgement.Findings.Count.ShouldBeLessThanOrEqualTo(202);
    }

    [Fact]
    public void A_directory_full_of_half_restores_is_told_briefly()
    {
        for (var i = 0; i < 1000; i++)
        {
            File.Create(_replica[$"volume-delta-{i}.img"]).Dispose();
        }

        var judgement = _replica.Judge();
        judgement.Refusal!.Code.ShouldBe(SalvageCode.RestoreUnfinished);
        judgement.Findings.Count.ShouldBe(101);
        judgement = _replica.Judge(new JudgingOptions { Accepted = [SalvageCode.RestoreUnfinished] });
        judgement.Refusal.ShouldBeNull();
        judgement.Findings.Count.ShouldBe(101);
    }

    [Theory]
    [InlineData("shorter")]
    [InlineData("longer")]
    [InlineData("written")]
    [InlineData("punched")]
    public async Task A_file_that_changes_during_an_export_is_told_and_no_image_is_left(string change)
    {
        var large = new ReplicaBuilder(_replica.Builder, "bbbbbbbb", 256L << 20).WithLayers(
            [.. Enumerable.Range(0, 2000).Select(block => (block * 7L, (byte)1))],
            [.. Enumerable.Range(0, 2000).Select(block => ((block * 29L) + 1, (byte)2))]);
        var image = _replica.Outside("image.raw");
        var changed = false;
        var progress = new Changing(() =>
        {
            if (changed)
            {
                return;
            }

            changed = true;
            using var handle = File.OpenHandle(large["volume-snap-s1.img"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            switch (change)
            {
                case "shorter":
                    RandomAccess.SetLength(handle, 8 << 20);
                    break;
                case "longer":
                    RandomAccess.SetLength(handle, 512L << 20);
                    break;
                case "written":
                    RandomAccess.Write(handle, new byte[4096], 29 * 4096);
                    break;
                default:
                    RandomAccess.SetLength(handle, 4096);
                    RandomAccess.SetLength(handle, 256L << 20);
                    break;
            }
        });
        var report = await ReplicaExport.RunAsync(large.Path, image, new ExportOptions { Copying = new CopyOptions { Progress = progress } }, TestContext.Current.CancellationToken);
        changed.ShouldBeTrue();
        report.IsWritten.ShouldBeFalse();
        report.Code.ShouldBe(SalvageCode.ReadFailed);
        report.Reason!.ShouldContain("volume-snap-s1.img");
        File.Exists(image).ShouldBeFalse("a file of the image's name is a whole volume");
    }

    [Fact]
    public void A_directory_that_vanishes_while_it_is_open_is_read_to_the_end()
    {
        using var opened = OpenedReplica.Open(_replica.Path);
        var before = new byte[opened.Volume.Size];
        opened.Volume.Read(0, before);
        Directory.Delete(_replica.Path, recursive: true);
        var after = new byte[opened.Volume.Size];
        opened.Volume.Read(0, after);
        after.AsSpan().SequenceEqual(before).ShouldBeTrue();
        Directory.CreateDirectory(_replica.Path);
    }

    [Fact]
    public void A_directory_that_was_exchanged_for_a_link_is_refused()
    {
        Directory.Move(_replica.Path, _replica.Outside("moved"));
        File.CreateSymbolicLink(_replica.Path, _replica.Outside("moved"));
        _replica.ShouldBeRefused(SalvageCode.DirectoryUnreadable, System.IO.Path.GetFileName(_replica.Path));
    }

    private bool IsSameFileSystem(string place) =>
        Files.ReadOnlyDirectory.StatusOf(place)!.Value.Device == Files.ReadOnlyDirectory.StatusOf(_replica.Path)!.Value.Device;

    private void CreateHardLink(string from, string to) =>
        System.Diagnostics.Process.Start("ln", [_replica[from], _replica[to]]).WaitForExit();

    private sealed class Changing(Action change) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => change();
    }
}
