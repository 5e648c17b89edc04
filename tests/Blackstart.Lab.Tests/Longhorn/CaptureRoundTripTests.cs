using System.Text.RegularExpressions;
using Blackstart.Core.Estates;
using Blackstart.Lab.Longhorn;
using Blackstart.Lab.Tests.Kubernetes;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>
/// A capture is taken of objects as a real cluster has them, applied to an empty cluster with <c>kubectl apply</c>, and taken again.
/// With Longhorn's real definitions where their folder lies beside the repository, and always with the lab's own.
/// </summary>
public sealed partial class CaptureRoundTripTests
{
    private const string Live = """
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: longhorn, annotations: { storageclass.kubernetes.io/is-default-class: "true" } }
        provisioner: driver.longhorn.io
        allowVolumeExpansion: true
        reclaimPolicy: Delete
        volumeBindingMode: Immediate
        parameters: { numberOfReplicas: "3", staleReplicaTimeout: "30", dataLocality: disabled }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Setting
        metadata: { name: auto-salvage, namespace: longhorn-system, labels: { a: b } }
        value: "true"
        status: { applied: true }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Setting
        metadata: { name: orphan-resource-auto-deletion, namespace: longhorn-system }
        value: replica-data
        status: { applied: true }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: BackupTarget
        metadata: { name: default, namespace: longhorn-system, finalizers: [longhorn.io] }
        spec: { backupTargetURL: "s3://backups@eu/", credentialSecret: s3-key, pollInterval: 5m0s, syncRequestedAt: "2026-03-16T10:30:00Z" }
        status: { available: true, ownerID: pi1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: BackingImage
        metadata: { name: template, namespace: longhorn-system, finalizers: [longhorn.io] }
        spec:
          checksum: ""
          dataEngine: v1
          disks: { 1f2e: "" }
          diskFileSpecMap: { 1f2e: { dataEngine: v1, evictionRequested: false } }
          minNumberOfCopies: 2
          sourceType: download
          sourceParameters: { url: "https://images.example.com/template.qcow2" }
        status: { uuid: 5f1c9a77, checksum: abcdef012345, ownerID: pi1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Volume
        metadata:
          name: pvc-1
          namespace: longhorn-system
          finalizers: [longhorn.io]
          labels: { recurring-job-group.longhorn.io/default: enabled, longhornvolume: pvc-1 }
          annotations: { example.com/number: "0x1f", example.com/date: "2026-01-02", example.com/truth: "no" }
        spec:
          Standby: false
          accessMode: rwo
          backingImage: template
          backupTargetName: default
          cloneMode: ""
          dataEngine: v1
          dataLocality: disabled
          dataSource: ""
          disableFrontend: false
          diskSelector: [ssd]
          encrypted: false
          engineNodeID: ""
          freezeFilesystemForSnapshot: ignored
          fromBackup: ""
          frontend: blockdev
          image: longhornio/longhorn-engine:v1.12.1
          lastAttachedBy: ""
          migratable: false
          migrationNodeID: ""
          nodeID: pi1
          nodeSelector: []
          numberOfReplicas: 3
          offlineRebuilding: ignored
          replicaAutoBalance: ignored
          replicaDiskSoftAntiAffinity: ignored
          replicaSoftAntiAffinity: ignored
          replicaZoneSoftAntiAffinity: ignored
          restoreVolumeRecurringJob: ignored
          revisionCounterDisabled: true
          size: "10737418240"
          snapshotDataIntegrity: ignored
          snapshotMaxCount: 250
          snapshotMaxSize: "0"
          staleReplicaTimeout: 30
          unmapMarkSnapChainRemoved: ignored
        status: { state: attached, robustness: healthy, currentNodeID: pi1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Replica
        metadata: { name: pvc-1-r-1, namespace: longhorn-system, finalizers: [longhorn.io], ownerReferences: [{ apiVersion: longhorn.io/v1beta2, kind: Volume, name: pvc-1, uid: ffffffff-0000-0000-0000-000000000000 }] }
        spec: { volumeName: pvc-1, nodeID: pi1, dataDirectoryName: pvc-1-0a1b2c3d, diskPath: /var/lib/longhorn, dataEngine: v1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Orphan
        metadata: { name: orphan-1, namespace: longhorn-system, finalizers: [longhorn.io] }
        spec: { orphanType: replica, nodeID: pi1, parameters: { DataName: pvc-1-99999999 } }
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: { name: pvc-1, finalizers: [kubernetes.io/pv-protection], annotations: { pv.kubernetes.io/provisioned-by: driver.longhorn.io, pv.kubernetes.io/bound-by-controller: "yes" } }
        spec:
          accessModes: [ReadWriteOnce]
          capacity: { storage: 10Gi }
          claimRef: { apiVersion: v1, kind: PersistentVolumeClaim, namespace: erp, name: erp-data }
          csi: { driver: driver.longhorn.io, fsType: ext4, volumeHandle: pvc-1, volumeAttributes: { numberOfReplicas: "3" } }
          persistentVolumeReclaimPolicy: Retain
          storageClassName: longhorn
          volumeMode: Filesystem
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: { name: erp-data, namespace: erp, labels: { app: erp }, annotations: { volume.kubernetes.io/selected-node: pi1 } }
        spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 10Gi } }, storageClassName: longhorn, volumeMode: Filesystem, volumeName: pvc-1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: RecurringJob
        metadata: { name: nightly-backup, namespace: longhorn-system }
        spec: { name: nightly-backup, task: backup, cron: "30 2 * * *", groups: [default], retain: 7, concurrency: 1, labels: {}, parameters: {} }
        status: { executionCount: 120, ownerID: pi1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: RecurringJob
        metadata: { name: trim, namespace: longhorn-system }
        spec: { name: trim, task: filesystem-trim, cron: "0 4 * * 0", groups: [], retain: 0, concurrency: 1 }
        ---
        apiVersion: longhorn.io/v1beta2
        kind: Node
        metadata: { name: pi1, namespace: longhorn-system, finalizers: [longhorn.io] }
        spec: { name: pi1, allowScheduling: true, evictionRequested: true, disks: { disk-1: { path: /var/lib/longhorn/, allowScheduling: true, storageReserved: 1073741824, diskType: filesystem, tags: [ssd] } }, tags: [fast] }

        """;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string> Definitions => File.Exists(Real) ? [nameof(LonghornCrds), Real] : [nameof(LonghornCrds)];

    private static string Real => Path.Combine(Environment.GetEnvironmentVariable("BLACKSTART_SHARED") is { Length: > 0 } shared ? shared : Path.Combine(RepositoryParent(), "shared"), "crds", "longhorn.yaml");

    [Theory]
    [MemberData(nameof(Definitions))]
    public async Task A_capture_applied_to_an_empty_cluster_is_captured_as_the_same(string definitions)
    {
        await using var first = new LabCluster();
        await using var second = new LabCluster();
        await Task.WhenAll(first.InitializeAsync().AsTask(), second.InitializeAsync().AsTask());
        await Task.WhenAll(PrepareAsync(first, definitions), PrepareAsync(second, definitions));
        var made = await first.TryKubectlAsync(Live, "create", "--validate=strict", "-f", "-");
        made.ExitCode.ShouldBe(0, made.Error);
        var file = Path.Combine(first.Folder, "capture.yaml");
        await CaptureAsync(first, file);

        // Client-side apply, with the server's own strict look at every field; then what waits for the data.
        var applied = await second.TryKubectlAsync(null, "apply", "--validate=strict", "-f", file);
        applied.ExitCode.ShouldBe(0, applied.Error);
        applied.Error.ShouldBeEmpty();
        (await second.KubectlAsync("get", "settings.longhorn.io", "-n", "longhorn-system", "-o", "name")).ShouldBe("setting.longhorn.io/auto-salvage\n");
        (await second.KubectlAsync("get", "recurringjobs.longhorn.io", "-n", "longhorn-system", "-o", "name")).ShouldBe("recurringjob.longhorn.io/trim\n");
        await ApplyLinesAsync(second, file, @"s/^#| \{0,1\}//p");
        await ApplyLinesAsync(second, file, @"s/^#: \{0,1\}//p");

        var again = Path.Combine(second.Folder, "capture.yaml");
        await CaptureAsync(second, again);
        OfTheCluster().Replace(await File.ReadAllTextAsync(again, Cancelled), "").ShouldBe(OfTheCluster().Replace(
            (await File.ReadAllTextAsync(file, Cancelled)).Replace("    blackstart.dev/backing-image-checksum: abcdef012345\n    blackstart.dev/backing-image-uuid: \"5f1c9a77\"\n", "", StringComparison.Ordinal).Replace("name: template\n  namespace: longhorn-system\n  annotations:\n", "name: template\n  namespace: longhorn-system\n", StringComparison.Ordinal),
            ""));
        (await CaptureAsync(first, file)).IsChanged.ShouldBeFalse();
        (await DriftAsync(first, file)).ShouldBeEmpty();
        await first.KubectlAsync("patch", "volumes.longhorn.io", "pvc-1", "-n", "longhorn-system", "--type=merge", "-p", """{"spec":{"numberOfReplicas":2,"nodeID":"pi2"}}""");
        (await DriftAsync(first, file)).ShouldHaveSingleItem().Field.ShouldBe("spec.numberOfReplicas");
    }

    private static async Task PrepareAsync(LabCluster cluster, string definitions)
    {
        // Too long for the annotation of a client-side apply.
        var yaml = definitions == nameof(LonghornCrds) ? LonghornCrds.Yaml : await File.ReadAllTextAsync(definitions, Cancelled);
        var made = await cluster.TryKubectlAsync(yaml, "create", "-f", "-");
        made.ExitCode.ShouldBe(0, made.Error);
        await cluster.KubectlAsync("create", "namespace", "longhorn-system");
        await cluster.KubectlAsync("create", "namespace", "erp");
        await cluster.KubectlAsync("wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=30s");
    }

    private static async Task ApplyLinesAsync(LabCluster cluster, string file, string script)
    {
        var lines = await ToolRun.OfAsync("sed", "sed", ["-n", script, file], null, null, Cancelled);
        var applied = await cluster.TryKubectlAsync(lines.Output, "apply", "--validate=strict", "-f", "-");
        applied.ExitCode.ShouldBe(0, applied.Error);
    }

    private static async Task<CaptureReport> CaptureAsync(LabCluster cluster, string file)
    {
        await using var reader = new KubernetesReader(new KubernetesEndpoint(cluster.Kubeconfig, "lab"));
        return await LonghornCapture.TakeAsync(reader, file, new CaptureOptions("longhorn-system"), Cancelled);
    }

    private static async Task<IReadOnlyList<Drift>> DriftAsync(LabCluster cluster, string file)
    {
        await using var reader = new KubernetesReader(new KubernetesEndpoint(cluster.Kubeconfig, "lab"));
        return (await LonghornCapture.Load(file).CheckAsync(reader, new CaptureOptions("longhorn-system"), Cancelled)).Drifts;
    }

    private static string RepositoryParent()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Blackstart.slnx")))
        {
            root = root.Parent;
        }

        return root?.Parent?.FullName ?? "";
    }

    // What no other cluster can have: its identity, the UIDs it gave, the directories on its disks.
    [GeneratedRegex("^(# cluster: |    blackstart\\.dev/(volume-uid|replicas): ).*\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfTheCluster();
}
