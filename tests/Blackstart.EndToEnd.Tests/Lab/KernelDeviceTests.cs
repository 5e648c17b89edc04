using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Longhorn.Recovery;
using Blackstart.Systems.Nodes;
using Blackstart.Systems.Tools;
using Blackstart.Tests.Shared.Ssh;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>A real block device under <c>/dev/longhorn</c>, written and checked over ssh as a recovery does. Needs root and loop devices; elsewhere it returns at once.</summary>
public sealed class KernelDeviceTests
{
    private const string MachineId = "0123456789abcdef0123456789abcdef";
    private const int Size = 8 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_node_is_written_over_ssh_and_what_it_held_is_never_written_over_unasked()
    {
        var folder = Directory.CreateTempSubdirectory("bs-device-").FullName;
        var image = Path.Combine(folder, "back.img");
        await using (var file = File.Create(image))
        {
            file.SetLength(Size);
        }

        var loop = Environment.IsPrivilegedProcess ? (await ToolAsync("losetup", "-f", "--show", image)).Trim() : "";
        if (!loop.StartsWith("/dev/loop", StringComparison.Ordinal))
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        var hadFolder = Directory.Exists("/dev/longhorn");
        var device = $"/dev/longhorn/bs-test-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory("/dev/longhorn");
            await ToolAsync("mknod", "-m", "600", device, "b", "7", loop["/dev/loop".Length..]);
            var (replica, digest) = await ReplicaAsync(folder);
            await using var server = await SshServer.StartAsync(cancellationToken: Cancel);
            var work = new NodeWork(new Lazy<INodeRunner>(Runner(server, Path.Combine(folder, "machine-id"))));
            var context = new StepContext("inject", Core.Execution.RunFacts.Transient(), new Progress<StepProgress>()) { Clearances = [await ClearanceAsync()] };

            (await work.LookAsync("pi1", device, "v", [], Cancel)).IsFresh.ShouldBeTrue();
            var written = await work.ExportAsync(new DeviceExport("v", "pi1", replica, device, "one", null), context, Cancel);
            written["sha256"]!.GetValue<string>().ShouldBe(digest, written.ToJsonString());
            (await work.CheckAsync(new DeviceReading("v", "pi1", device, written["bytes"]!.GetValue<long>()), context, Cancel)).Sha256.ShouldBe(digest);

            var again = await work.ExportAsync(new DeviceExport("v", "pi1", replica, device, "two", null), context, Cancel);
            again["code"]!.GetValue<string>().ShouldBe("BS5058");
            (await work.ExportAsync(new DeviceExport("v", "pi1", replica, device, "two", "2001-01-01"), context, Cancel))["code"]!.GetValue<string>().ShouldBe("BS5059");
        }
        finally
        {
            File.Delete(device);
            if (!hadFolder && !Directory.EnumerateFileSystemEntries("/dev/longhorn").Any())
            {
                Directory.Delete("/dev/longhorn");
            }

            await ToolAsync("losetup", "-d", loop);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(string Path, string Sha256)> ReplicaAsync(string folder)
    {
        var replica = Path.Combine(folder, "disk", "replicas", "v-0a1b2c3d");
        Directory.CreateDirectory(replica);
        var data = new byte[Size];
        new Random(7).NextBytes(data.AsSpan(1 << 20, 1 << 20));
        await using (var head = File.Create(Path.Combine(replica, "volume-head-000.img")))
        {
            head.SetLength(Size);
            head.Position = 1 << 20;
            await head.WriteAsync(data.AsMemory(1 << 20, 1 << 20), Cancel);
        }

        await File.WriteAllTextAsync(Path.Combine(replica, "volume-head-000.img.meta"), """{"Name":"volume-head-000.img","Parent":"","Removed":false,"UserCreated":false,"Created":"2026-01-02T03:04:05Z","Labels":null}""", Cancel);
        await File.WriteAllTextAsync(Path.Combine(replica, "volume.meta"), $$"""{"Size":{{Size}},"Head":"volume-head-000.img","Dirty":true,"Rebuilding":false,"Error":"","Parent":"","SectorSize":512,"BackingFilePath":""}""", Cancel);
        return (replica, Convert.ToHexStringLower(SHA256.HashData(data)));
    }

    private static SshNodeRunner Runner(SshServer server, string machineIdFile)
    {
        File.WriteAllText(machineIdFile, MachineId);
        var environment = new EstateEnvironment("home", EnvironmentRole.Sandbox, [], null, null, null, null, null, [new EstateNode("pi1", [], machineIdFile)], new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal));
        var settings = new NodeSettings(NodeRunnerKind.Ssh, [BlackstartProgram.Path], server.ConfigFile, "", "longhorn-system");
        return new SshNodeRunner(environment, settings, new NodeIdentity(Node), new CommandLine(TimeProvider.System));

        static Task<JsonObject?> Node(string node, CancellationToken cancellationToken) =>
            Task.FromResult<JsonObject?>(new JsonObject { ["status"] = new JsonObject { ["nodeInfo"] = new JsonObject { ["machineID"] = MachineId } } });
    }

    private static Task<Clearance> ClearanceAsync()
    {
        var identities = new RecordedIdentities(new Dictionary<string, string>(StringComparer.Ordinal) { ["machine/pi1"] = MachineId });
        var boundary = new Boundary([new BoundaryEnvironment("home", IsProduction: false, identities)], new Told(), TimeProvider.System);
        return boundary.AuthorizeAsync("home", Target.Machine("pi1"), Effect.Change, Purpose.Recover, Cancel);
    }

    private static async Task<string> ToolAsync(string tool, params IReadOnlyList<string> arguments)
    {
        try
        {
            return (await new CommandLine(TimeProvider.System).TryRunAsync(new Command(tool, arguments), Cancel)).StandardOutput;
        }
        catch (BlackstartException)
        {
            return "";
        }
    }

    private sealed class Told : IIdentitySource
    {
        public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken) => Task.FromResult<string?>(MachineId);
    }
}
