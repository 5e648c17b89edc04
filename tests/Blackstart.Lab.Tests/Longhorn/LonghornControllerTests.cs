using System.Diagnostics;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Longhorn;
using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>The lab's Longhorn against a real etcd and the lab's own API server.</summary>
public sealed class LonghornControllerTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 100_000).Select(index => (byte)(index * 7))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AVolumeLivesFromItsObjectToItsDeletion()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v", size: 8_000_000);
        var volume = await lab.VolumeAsync("v", item => item.TextAt("status", "state") == "detached");
        volume.TextAt("spec", "size").ShouldBe("8388608");
        volume.TextAt("status", "robustness").ShouldBe("unknown");
        Condition(volume, "Scheduled").ShouldBe("True");
        var replicas = await lab.ReplicasAsync("v");
        replicas.Select(replica => replica.TextAt("spec", "nodeID")).ShouldBe(["pi1", "pi2", "pi3"]);
        replicas.ShouldAllBe(replica => !Directory.Exists(lab.PathOf(replica)));

        var watch = Stopwatch.StartNew();
        var endpoint = await lab.AttachAsync("v", "pi2");
        TestContext.Current.TestOutputHelper?.WriteLine($"attached within {watch.ElapsedMilliseconds} ms");
        endpoint.ShouldBe($"nbd+unix:///v?socket={Path.Combine(lab.Layout.Devices("pi2"), "v.sock")}");
        volume = await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy");
        volume.TextAt("status", "state").ShouldBe("attached");
        volume.TextAt("status", "currentNodeID").ShouldBe("pi2");
        await LonghornLab.WriteAsync(endpoint, Data);
        replicas.ShouldAllBe(replica => ReplicaDirectory.Inspect(lab.PathOf(replica))!.Dirty);

        await lab.DetachAsync("v");
        replicas.ShouldAllBe(replica => !ReplicaDirectory.Inspect(lab.PathOf(replica))!.Dirty);
        (await LonghornLab.ReadAsync(await lab.AttachAsync("v", "pi3"), Data.Length)).ShouldBe(Data);

        await lab.Client.DeleteAsync(LonghornKinds.Volumes, LonghornLab.Ns, "v", Token);
        await lab.UntilAsync("the volume is gone", async () => await lab.Client.GetAsync(LonghornKinds.Volumes, LonghornLab.Ns, "v", Token) is null);
        replicas.ShouldAllBe(replica => !Directory.Exists(lab.PathOf(replica)));
        (await lab.ReplicasAsync("v")).ShouldBeEmpty();
    }

    [Fact]
    public async Task KubectlShowsTheColumnsPeopleKnow()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await lab.AttachAsync("v", "pi1");
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy");
        (await KubectlAsync(lab, "volumes.longhorn.io")).ShouldMatch(@"^NAME +DATA ENGINE +STATE +ROBUSTNESS +SCHEDULED +SIZE +NODE +AGE\nv +v1 +attached +healthy +True +8388608 +pi1 +\d");
        (await KubectlAsync(lab, "lhe")).ShouldMatch(@"^NAME +DATA ENGINE +STATE +NODE +INSTANCEMANAGER +IMAGE +AGE\nv-e-0 +v1 +running +pi1 +instance-manager-pi1 ");
        (await KubectlAsync(lab, "lhr")).ShouldMatch(@"^NAME +DATA ENGINE +STATE +NODE +DISK +INSTANCEMANAGER +IMAGE +AGE\nv-r-[0-9a-f]{8} +v1 +running +pi\d ");
        (await KubectlAsync(lab, "nodes.longhorn.io")).ShouldMatch(@"^NAME +READY +ALLOWSCHEDULING +SCHEDULABLE +AGE\npi1 +True +true +True ");
        (await KubectlAsync(lab, "settings.longhorn.io")).ShouldContain("auto-salvage");
    }

    [Fact]
    public async Task NothingIsWrittenWhenNothingHappens()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await lab.AttachAsync("v", "pi1");
        var before = "";
        await lab.UntilAsync(
            "three looks in a row that see the same",
            async () =>
            {
                for (var look = 0; look < 3; look++)
                {
                    // Longer than the interval in which the disks are looked at.
                    await Task.Delay(TimeSpan.FromSeconds(1.2), TimeProvider.System, Token);
                    var now = await VersionsAsync(lab);
                    if (now != before)
                    {
                        before = now;
                        return false;
                    }
                }

                return true;
            },
            () => before);
        lab.LogText.ShouldNotContain("Exception");
    }

    [Fact]
    public async Task MaintenanceModeOffersNoDevice()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await lab.TicketAsync("v", "m", "pi1", maintenance: true);
        await lab.SatisfiedAsync("v", "m");
        var volume = await lab.VolumeAsync("v", item => item.TextAt("status", "state") == "attached");
        volume.Flag("status", "frontendDisabled").ShouldBeTrue();
        (await lab.Client.GetAsync(LonghornKinds.Engines, LonghornLab.Ns, "v-e-0", Token)).TextAt("status", "endpoint").ShouldBe("");
        File.Exists(Path.Combine(lab.Layout.Devices("pi1"), "v.sock")).ShouldBeFalse();

        // A workload that wants the device is told why it has to wait.
        await lab.TicketAsync("v", "csi", "pi1", type: "csi-attacher");
        var attachment = await lab.ObjectAsync(LonghornKinds.Attachments, "v", item => item.At("status", "attachmentTicketStatuses", "csi") is not null);
        LonghornLab.IsSatisfied(attachment, "csi").ShouldBeFalse();
        attachment.ItemsAt("status", "attachmentTicketStatuses", "csi", "conditions").Single().TextAt("reason").ShouldBe("AttachedWithIncompatibleParameters");
        await lab.TicketAsync("v", "m", node: null);
        await lab.SatisfiedAsync("v", "csi");
    }

    [Fact]
    public async Task AHigherTicketTakesTheVolumeAwayAndGivesItBack()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await lab.TicketAsync("v", "csi", "pi1", type: "csi-attacher");
        await lab.SatisfiedAsync("v", "csi");
        await lab.TicketAsync("v", "api", "pi2");
        await lab.SatisfiedAsync("v", "api");
        var attachment = await lab.ObjectAsync(LonghornKinds.Attachments, "v", item => !LonghornLab.IsSatisfied(item, "csi"));
        LonghornLab.IsSatisfied(attachment, "api").ShouldBeTrue();
        await lab.TicketAsync("v", "api", node: null);
        await lab.SatisfiedAsync("v", "csi");
        (await lab.VolumeAsync("v", item => item.TextAt("status", "currentNodeID") == "pi1")).TextAt("spec", "nodeID").ShouldBe("pi1");
    }

    [Fact]
    public async Task AfterACrashVolumesComeBackByTheirTickets()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await LonghornLab.WriteAsync(await lab.AttachAsync("v", "pi1"), Data);
        var engine = await lab.Client.GetAsync(LonghornKinds.Engines, LonghornLab.Ns, "v-e-0", Token);
        await lab.CrashLonghornAsync();
        lab.StartLonghorn();
        var again = await lab.ObjectAsync(LonghornKinds.Engines, "v-e-0", item => item.TextAt("status", "uuid") != engine.TextAt("status", "uuid"));
        (await LonghornLab.ReadAsync(again.TextAt("status", "endpoint")!, Data.Length)).ShouldBe(Data);
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy");
    }

    [Fact]
    public async Task ALostDirectoryIsNoticedAndRebuilt()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        var endpoint = await lab.AttachAsync("v", "pi1");
        await LonghornLab.WriteAsync(endpoint, Data);
        var lost = (await lab.ReplicasAsync("v"))[1];
        Directory.Delete(lab.PathOf(lost), recursive: true);
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "degraded");
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy");
        File.Exists(Path.Combine(lab.PathOf(lost), "volume.meta")).ShouldBeTrue();
        await lab.DetachAsync("v");
        await ShouldHoldAsync(lab.PathOf(lost), 8 * 1024 * 1024, Data);
    }

    [Fact]
    public async Task DeletingAReplicaDeletesItsDataAndAnotherTakesItsPlace()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await LonghornLab.WriteAsync(await lab.AttachAsync("v", "pi1"), Data);
        var deleted = (await lab.ReplicasAsync("v"))[2];
        await lab.Client.DeleteAsync(LonghornKinds.Replicas, LonghornLab.Ns, deleted.Name(), Token);
        await lab.UntilAsync("the data is gone", () => Task.FromResult(!Directory.Exists(lab.PathOf(deleted))));
        await lab.UntilAsync(
            "another replica is healthy",
            async () => (await lab.ReplicasAsync("v")).Count(replica => replica.Name() != deleted.Name() && replica.Has("spec", "healthyAt")) == 3);
        var fresh = (await lab.ReplicasAsync("v"))[2];
        await lab.DetachAsync("v");
        await ShouldHoldAsync(lab.PathOf(fresh), 8 * 1024 * 1024, Data);
    }

    [Fact]
    public async Task FailedReplicasOfAFaultedVolumeAreSalvaged()
    {
        await using var lab = await LonghornLab.StartAsync();
        await lab.CreateVolumeAsync("v");
        await LonghornLab.WriteAsync(await lab.AttachAsync("v", "pi1"), Data);
        await lab.DetachAsync("v");
        foreach (var replica in await lab.ReplicasAsync("v"))
        {
            var failed = new JsonObject { ["spec"] = new JsonObject { ["failedAt"] = TimeProvider.System.Timestamp() } };
            await lab.Client.PatchAsync(LonghornKinds.Replicas, LonghornLab.Ns, replica.Name(), failed, Token);
        }

        // Without the setting it stays as it is, however much somebody wants it attached.
        await SetAsync(lab, "auto-salvage", "false");
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "faulted");
        await lab.TicketAsync("v", "t", "pi1");
        await lab.VolumeAsync("v", item => item.TextAt("spec", "nodeID") == "pi1");
        (await lab.VolumeAsync("v", item => item.TextAt("status", "state") == "detached")).Has("status", "lastAutoSalvagedAt").ShouldBeFalse();
        (await lab.ReplicasAsync("v")).All(replica => replica.Has("spec", "failedAt")).ShouldBeTrue();

        await SetAsync(lab, "auto-salvage", "true");
        (await LonghornLab.ReadAsync(await lab.AttachAsync("v", "pi1"), Data.Length)).ShouldBe(Data);
        (await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy")).Has("status", "lastAutoSalvagedAt").ShouldBeTrue();
    }

    [Fact]
    public async Task ASettingThatLonghornWouldRefuseIsRefused()
    {
        (string Setting, string Value, string Reason)[] cases =
        [
            ("auto-salvage", "maybe", "value must be one of true, false"),
            ("replica-auto-balance", "enabled", "value must be one of disabled, least-effort, best-effort"),
            ("orphan-resource-auto-deletion", "replica-data;everything", "value must be empty or values of replica-data, instance"),
            ("orphan-resource-auto-deletion-grace-period", "-1", "value must be a whole number from 0"),
            ("default-replica-count", "21", "value must be a whole number from 1 to 20"),
            ("auto-savage", "true", "setting auto-savage is not supported"),
        ];
        await using var lab = await LonghornLab.StartAsync();
        await lab.ObjectAsync(LonghornKinds.Settings, "replica-auto-balance", item => item.TextAt("value") == "disabled");
        foreach (var (setting, value, reason) in cases)
        {
            var refused = await Should.ThrowAsync<ClusterApiException>(() =>
                lab.Client.ApplyAsync($"{{apiVersion: longhorn.io/v1beta2, kind: Setting, metadata: {{name: {setting}, namespace: longhorn-system}}, value: '{value}'}}", Token));
            refused.Message.ShouldContain("admission webhook \"validator.longhorn.io\" denied the request");
            refused.Message.ShouldContain(reason);
        }
    }

    [Fact]
    public async Task WipedDefinitionsForgetEverythingAndTheOldDirectoriesAreOrphans()
    {
        await using var lab = await LonghornLab.StartAsync();
        var (old, replicas) = await WipeAsync(lab);
        var engine = await lab.Client.GetAsync(LonghornKinds.Engines, LonghornLab.Ns, "v-e-0", Token);
        var volume = await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy");
        engine!.Uid().ShouldNotBe(old.Engine);
        volume.Uid().ShouldNotBe(old.Volume);
        replicas.Select(lab.PathOf).Intersect(old.Paths).ShouldBeEmpty();
        old.Paths.ShouldAllBe(path => Directory.Exists(path));
        (await LonghornLab.ReadAsync(engine.TextAt("status", "endpoint")!, Data.Length)).ShouldAllBe(value => value == 0);

        var orphans = await OrphansAsync(lab, 3);
        orphans.Select(orphan => Path.Combine(orphan.TextAt("spec", "parameters", "DiskPath")!, "replicas", orphan.TextAt("spec", "parameters", "DataName")!))
            .Order(StringComparer.Ordinal).ShouldBe(old.Paths.Order(StringComparer.Ordinal));
        orphans.All(orphan => orphan.TextAt("spec", "orphanType") == "replica").ShouldBeTrue();

        // One that cannot be read loses its object but not its data.
        var damaged = old.Paths[0];
        var meta = await File.ReadAllBytesAsync(Path.Combine(damaged, "volume.meta"), Token);
        await File.WriteAllBytesAsync(Path.Combine(damaged, "volume.meta"), new byte[meta.Length], Token);
        await OrphansAsync(lab, 2);
        Directory.Exists(damaged).ShouldBeTrue();
        await File.WriteAllBytesAsync(Path.Combine(damaged, "volume.meta"), meta, Token);
        orphans = await OrphansAsync(lab, 3);

        // Deleting an Orphan object deletes the data.
        var deleted = orphans.Single(orphan => orphan.TextAt("spec", "nodeID") == "pi3");
        await lab.Client.DeleteAsync(LonghornKinds.Orphans, LonghornLab.Ns, deleted.Name(), Token);
        await OrphansAsync(lab, 2);
        old.Paths.Count(Directory.Exists).ShouldBe(2);

        // So does the setting, when the grace period is over and not before: another orphan shows that there was a look at the disks.
        await SetAsync(lab, "orphan-resource-auto-deletion", "instance;replica-data");
        var another = Path.Combine(lab.Layout.LonghornDisk("pi3"), "replicas", "v-0123abcd");
        Directory.CreateDirectory(another);
        File.Copy(Path.Combine(damaged, "volume.meta"), Path.Combine(another, "volume.meta"));
        await OrphansAsync(lab, 3);
        old.Paths.Count(Directory.Exists).ShouldBe(2);
        await SetAsync(lab, "orphan-resource-auto-deletion-grace-period", "0");
        await lab.UntilAsync("the other directory is gone", () => Task.FromResult(!Directory.Exists(another)));
        await lab.UntilAsync("the directories are gone", () => Task.FromResult(!old.Paths.Any(Directory.Exists)));
        replicas.ShouldAllBe(replica => Directory.Exists(lab.PathOf(replica)));
    }

    [Fact]
    public async Task ARenamedOrphanIsRebuiltFromAnEmptyReplica()
    {
        await using var lab = await LonghornLab.StartAsync();
        var (old, replicas) = await WipeAsync(lab);
        await lab.DetachAsync("v");

        // The naive way: away with the empty directory, and the one with the data in its place.
        var trap = lab.PathOf(replicas[0]);
        Directory.Delete(trap, recursive: true);
        Directory.Move(old.Paths[0], trap);
        await ShouldHoldAsync(trap, 8 * 1024 * 1024, Data, dirty: true);
        await OrphansAsync(lab, 2);
        Directory.Exists(trap).ShouldBeTrue();

        var endpoint = await lab.AttachAsync("v", "pi1");
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "degraded");
        (await LonghornLab.ReadAsync(endpoint, Data.Length)).ShouldAllBe(value => value == 0);
        await lab.VolumeAsync("v", item => item.TextAt("status", "robustness") == "healthy");
        await lab.DetachAsync("v");
        await ShouldHoldAsync(trap, 8 * 1024 * 1024, new byte[Data.Length]);
    }

    /// <summary>A volume with data; then a crash, the definitions wiped, and a volume of the same name created and attached.</summary>
    private static async Task<((string Volume, string Engine, IReadOnlyList<string> Paths) Old, IReadOnlyList<JsonObject> Replicas)> WipeAsync(LonghornLab lab)
    {
        await lab.CreateVolumeAsync("v");
        await LonghornLab.WriteAsync(await lab.AttachAsync("v", "pi1"), Data);
        var volume = await lab.Client.GetAsync(LonghornKinds.Volumes, LonghornLab.Ns, "v", Token);
        var engine = await lab.Client.GetAsync(LonghornKinds.Engines, LonghornLab.Ns, "v-e-0", Token);
        var paths = (await lab.ReplicasAsync("v")).Select(lab.PathOf).ToList();
        await lab.CrashLonghornAsync();
        await lab.WipeDefinitionsAsync();
        lab.StartLonghorn();
        await lab.CreateVolumeAsync("v");
        await lab.AttachAsync("v", "pi1");
        await OrphansAsync(lab, 3);
        return ((volume!.Uid(), engine!.Uid(), paths), await lab.ReplicasAsync("v"));
    }

    private static async Task<IReadOnlyList<JsonObject>> OrphansAsync(LonghornLab lab, int count)
    {
        IReadOnlyList<JsonObject> orphans = [];
        await lab.UntilAsync(
            $"{count} orphans",
            async () => (orphans = await lab.Client.ListAsync(LonghornKinds.Orphans, LonghornLab.Ns, Token)).Count == count
                && orphans.All(orphan => Condition(orphan, "DataCleanable") == "True"),
            () => string.Join('\n', orphans.Select(orphan => orphan.ToJsonString())));
        return orphans;
    }

    private static async Task<string> VersionsAsync(LonghornLab lab)
    {
        var versions = new List<string>();
        foreach (var type in LonghornKinds.Watched)
        {
            versions.AddRange((await lab.Client.ListAsync(type, LonghornLab.Ns, Token)).Select(item => $"{type.Plural}/{item.Name()}@{item.ResourceVersion()}"));
        }

        return string.Join('\n', versions.Order(StringComparer.Ordinal));
    }

    private static async Task<string> KubectlAsync(LonghornLab lab, string kind)
    {
        var start = new ProcessStartInfo("kubectl") { UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in new[] { "--kubeconfig", lab.Layout.Kubeconfig, "--cache-dir", Path.Combine(lab.Layout.Root, "cache"), "get", "-n", LonghornLab.Ns, kind })
        {
            start.ArgumentList.Add(argument);
        }

        using var kubectl = Process.Start(start)!;
        var output = await kubectl.StandardOutput.ReadToEndAsync(Token);
        await kubectl.WaitForExitAsync(Token);
        kubectl.ExitCode.ShouldBe(0);
        return output;
    }

    private static Task<JsonObject?> SetAsync(LonghornLab lab, string setting, string value) =>
        lab.Client.PatchAsync(LonghornKinds.Settings, LonghornLab.Ns, setting, new JsonObject { ["value"] = value }, Token);

    private static string? Condition(JsonObject item, string type) =>
        item.ItemsAt("status", "conditions").FirstOrDefault(condition => condition.TextAt("type") == type).TextAt("status");

    private static async Task ShouldHoldAsync(string path, long size, byte[] expected, bool dirty = false)
    {
        ReplicaDirectory.Inspect(path)!.Dirty.ShouldBe(dirty);

        // A copy of the metadata goes back, so that looking leaves no trace.
        var meta = await File.ReadAllBytesAsync(Path.Combine(path, "volume.meta"), Token);
        using (var replica = ReplicaDirectory.Open(path, size))
        {
            var data = new byte[expected.Length];
            replica.Read(0, data);
            data.ShouldBe(expected);
        }

        await File.WriteAllBytesAsync(Path.Combine(path, "volume.meta"), meta, Token);
    }
}
