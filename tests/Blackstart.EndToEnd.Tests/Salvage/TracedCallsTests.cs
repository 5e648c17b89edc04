using System.Text.RegularExpressions;
using Blackstart.EndToEnd.Tests.Lab;

namespace Blackstart.EndToEnd.Tests.Salvage;

/// <summary>What the kernel was really asked for, by strace. Does nothing where that is absent or may not trace.</summary>
public sealed partial class TracedCallsTests : IDisposable
{
    private static readonly string[] WriteFlags = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];
    private readonly SalvageWorld _world = new(4 << 20, 100);

    public static TheoryData<SalvageCommand> Commands() => SalvageCommand.Each();

    public void Dispose() => _world.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_file_of_a_replica_is_opened_read_only_and_without_following_links(SalvageCommand command)
    {
        var trace = Path.Combine(_world.Scratch, "trace");
        string[] strace = ["-f", "-y", "-s", "4096", "-o", trace, "-e", "trace=%file,ftruncate,fallocate,fchmod,fchown,fsetxattr,fremovexattr,write,writev,pwrite64,pwritev,copy_file_range,sendfile,splice,mmap"];
        try
        {
            if ((await _world.RunAsync("strace", [.. strace, "true"])).ExitCode != 0)
            {
                return;
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return;
        }

        var result = await _world.RunAsync("strace", [.. strace, BlackstartProgram.Path, .. _world.Arguments(command)]);
        result.ExitCode.ShouldBe(command.ExitCode, result.ToString());
        var opened = 0;
        foreach (var line in (await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken)).Where(line => line.Contains(_world.Replica.Disk, StringComparison.Ordinal)))
        {
            var call = Call().Match(line).Groups["name"].Value;
            switch (call)
            {
                case "openat" or "openat2" or "open":
                    WriteFlags.ShouldAllBe(flag => !line.Contains(flag, StringComparison.Ordinal), line);

                    // A folder that is open already is listed through its magic link, which is to be followed.
                    if (!line.Contains("O_DIRECTORY", StringComparison.Ordinal))
                    {
                        line.ShouldContain("O_NOFOLLOW");
                        opened++;
                    }

                    break;
                case "execve" or "stat" or "lstat" or "newfstatat" or "statx" or "access" or "faccessat" or "faccessat2" or "readlink" or "readlinkat" or "statfs" or "getcwd" or "getxattr":
                    break;
                case "mmap":
                    line.ShouldNotContain("PROT_WRITE");
                    break;
                case "copy_file_range" or "sendfile" or "splice":
                    // Only ever out of a replica: what is copied from comes first, except for sendfile.
                    line.LastIndexOf(_world.Replica.Disk, StringComparison.Ordinal).ShouldBeLessThan(line.IndexOf(_world.Scratch, StringComparison.Ordinal), line);
                    break;
                case "write" or "writev" or "pwrite64":
                    // A report that names the replica, to the terminal or beside the image.
                    Target().Match(line).Groups["target"].Value.ShouldNotStartWith(_world.Replica.Disk, Case.Sensitive, line);
                    break;
                case "":
                    // The end of a call that another thread's came into, or an exit.
                    break;
                default:
                    line.ShouldBeNull("no call but these has to do with a replica");
                    break;
            }
        }

        opened.ShouldBeGreaterThanOrEqualTo(6, "three layers of two files");
    }

    [GeneratedRegex(@"^\d+ +(?<name>[a-z0-9_]+)\(", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Call();

    [GeneratedRegex(@"\(\d+<(?<target>[^>]*)>", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Target();
}
