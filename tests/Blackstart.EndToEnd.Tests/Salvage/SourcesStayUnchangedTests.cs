using System.Globalization;
using Blackstart.EndToEnd.Tests.Lab;

namespace Blackstart.EndToEnd.Tests.Salvage;

/// <summary>Whatever a command does, and however it ends: names, content, allocation and times of every source file are what they were.</summary>
public sealed class SourcesStayUnchangedTests : IDisposable
{
    private readonly SalvageWorld _world = new();

    public static TheoryData<SalvageCommand> Commands() => SalvageCommand.Each();

    public void Dispose() => _world.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task After_a_command(SalvageCommand command) => await ShouldWorkAsync(command, BlackstartProgram.Path);

    /// <summary>Needs root and a file system with attributes (ext4); does nothing elsewhere.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Of_directories_made_immutable(SalvageCommand command)
    {
        if (!Environment.IsPrivilegedProcess || (await _world.RunAsync("chattr", "-R", "+i", _world.Replica.Disk)).ExitCode != 0)
        {
            return;
        }

        try
        {
            _world.Remember();
            Should.Throw<UnauthorizedAccessException>(() => File.WriteAllText(_world.Replica["volume.meta"], string.Empty), "the test would prove nothing");
            await ShouldWorkAsync(command, BlackstartProgram.Path);
        }
        finally
        {
            (await _world.RunAsync("chattr", "-R", "-i", _world.Replica.Disk)).ExitCode.ShouldBe(0);
        }
    }

    /// <summary>Needs root, or user namespaces; does nothing where neither is to be had.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public async Task On_a_read_only_mount(SalvageCommand command)
    {
        const string mounted = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && ! touch \"$1/x\" 2>/dev/null || exit 99; shift; exec \"$@\"";
        string[] unshare = [.. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"], "--mount", "sh", "-c", mounted, "sh", _world.Replica.Disk];
        if ((await _world.RunAsync("unshare", [.. unshare, "true"])).ExitCode != 0)
        {
            return;
        }

        _world.Remember();
        await ShouldWorkAsync(command, "unshare", [.. unshare, BlackstartProgram.Path]);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task As_a_user_who_may_only_read(SalvageCommand command)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(_world.Replica.Disk, "*", SearchOption.AllDirectories).Append(_world.Replica.Disk))
        {
            File.SetUnixFileMode(path, (UnixFileMode)(Directory.Exists(path) ? Convert.ToInt32("555", 8) : Convert.ToInt32("444", 8)));
        }

        _world.Remember();
        try
        {
            // Root is none of them, so it becomes nobody; whoever else runs this may only read its own files now.
            string[] nobody = Environment.IsPrivilegedProcess ? ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"] : [];
            if (nobody.Length == 0)
            {
                await ShouldWorkAsync(command, BlackstartProgram.Path);
            }
            else if ((await _world.RunAsync("setpriv", [.. nobody, BlackstartProgram.Path, "--version"])).ExitCode == 0)
            {
                await ShouldWorkAsync(command, "setpriv", [.. nobody, BlackstartProgram.Path]);
            }
        }
        finally
        {
            foreach (var path in Directory.EnumerateDirectories(_world.Replica.Disk, "*", SearchOption.AllDirectories).Append(_world.Replica.Disk))
            {
                File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
            }
        }
    }

    [Fact]
    public async Task After_a_kill_at_any_moment()
    {
        using var large = new SalvageWorld(256 << 20, 8000);
        var random = new Random(5);
        var killed = 0;
        var sound = Array.FindAll(SalvageCommand.All, command => command.ExitCode == 0);
        for (var i = 0; i < 8; i++)
        {
            var command = sound[i % sound.Length];
            using var process = large.Start(BlackstartProgram.Path, large.Arguments(command));
            var waiting = process.WaitForExitAsync(TestContext.Current.CancellationToken);

            // The moment is the input: from before the runtime is up to after the end.
            await Task.WhenAny(waiting, Task.Delay(TimeSpan.FromMilliseconds(random.Next(20, 900)), TimeProvider.System, TestContext.Current.CancellationToken));
            killed += process.HasExited ? 0 : 1;
            process.Kill();
            await waiting;
            large.ShouldBeUnchanged();
            File.Delete(large.Image);
        }

        killed.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task After_Ctrl_C()
    {
        using var large = new SalvageWorld(512 << 20, 20_000);
        using var process = large.Start(BlackstartProgram.Path, large.Arguments(SalvageCommand.All[0]));
        while (!process.HasExited && !Directory.EnumerateFiles(large.Scratch, "image.raw.*").Any())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await large.RunAsync("kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBeOneOf(0, 130);
        File.Exists(large.Image).ShouldBe(process.ExitCode == 0, "only a whole volume has the image's name");
        large.ShouldBeUnchanged();
    }

    private async Task ShouldWorkAsync(SalvageCommand command, string program, params string[] before)
    {
        var result = await _world.RunAsync(program, [.. before, .. _world.Arguments(command)]);
        result.ExitCode.ShouldBe(command.ExitCode, result.ToString());
        _world.ShouldBeUnchanged();
    }
}
