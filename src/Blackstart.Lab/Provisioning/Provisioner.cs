using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Estates;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Erp.Acceptance;
using Blackstart.Lab.Erp;
using Blackstart.Lab.Hosting.Services;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Longhorn;
using Blackstart.Lab.SecretsOperator;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Capture;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Provisioning;

/// <summary>Creates the lab's estate on first use. Every part may be repeated: an interrupted creation goes on with the next <c>lab up</c>.</summary>
internal sealed class Provisioner(LabLayout layout, LabState state, ClusterClient cluster, LabHost host, TimeProvider time, IProgress<string>? progress)
{
    private const int FirstRecords = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly CommandLine _commandLine = new(time);
    private readonly VolumeSetup _volumes = new(layout, cluster, time);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        progress?.Report("creating the estate: definitions, volumes, databases");
        var documents = BuildDocumentsAsync(cancellationToken);
        var database = DatabaseSetup.RunAsync(layout, state, cancellationToken);
        await cluster.ApplyAsync(LabManifests.Read("namespaces"), cancellationToken);
        await cluster.ApplyAsync(LonghornCrds.Yaml, cancellationToken);
        await cluster.ApplyAsync(SecretsOperatorKinds.Definitions, cancellationToken);
        await host.StartServiceAsync(LonghornService.Name, cancellationToken);
        foreach (var volume in LabVolume.All)
        {
            await cluster.ApplyAsync(volume.Manifest(), cancellationToken);
        }

        await cluster.ApplyAsync(LabManifests.Read("recurring-jobs"), cancellationToken);

        progress?.Report("initializing Vault, filling volumes");
        var (ledger, vaultPassword) = await database;
        await Task.WhenAll(
            SetUpVaultAsync(vaultPassword, cancellationToken),
            _volumes.FormatJournalAsync(ledger, cancellationToken),
            FillDocumentsAsync(documents, cancellationToken));

        progress?.Report("starting the secrets operator, the ERP and the archive");
        await StartWorkloadsAsync(cancellationToken);
        await WaitForRecordsAsync(FirstRecords, cancellationToken);
        await _volumes.SnapshotAsync(LabVolume.Erp.Name, "erp-data-first", cancellationToken);
        await _volumes.SnapshotAsync(LabVolume.Documents.Name, "documents-first", cancellationToken);
        await WaitForRecordsAsync(2 * FirstRecords, cancellationToken);

        progress?.Report("recording what recovery starts from");
        await EstateFile.WriteAsync(layout, state, cancellationToken);
        await new EstateRecords(layout, state, cluster).WriteAsync(cancellationToken);
        await using var reader = new KubernetesReader(new KubernetesEndpoint(layout.Kubeconfig, "lab"));
        await LonghornCapture.TakeAsync(reader, layout.CapturedVolumes, new CaptureOptions(LonghornKinds.Namespace), cancellationToken);
    }

    private async Task SetUpVaultAsync(string databasePassword, CancellationToken cancellationToken)
    {
        await ApplyAsync("vault", ("port", state.Ports.Vault), cancellationToken);
        using var vault = new VaultSetup(layout, state, time);
        await vault.UnsealAsync(cancellationToken);
        await vault.ConfigureAsync(cluster.Connection, databasePassword, cancellationToken);
    }

    private async Task<(DocumentList List, string Image)> BuildDocumentsAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(layout.Temporary, "documents");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var image = Path.Combine(layout.Temporary, "documents.img");
        File.Delete(image);
        var list = await DocumentSet.BuildAsync(folder, image, LabVolume.Documents.Bytes, _commandLine, time, cancellationToken);
        Directory.Delete(folder, recursive: true);
        return (list, image);
    }

    private async Task FillDocumentsAsync(Task<(DocumentList List, string Image)> building, CancellationToken cancellationToken)
    {
        var (list, image) = await building;
        if (!File.Exists(layout.DocumentReceipts))
        {
            await _volumes.CopyAsync(image, cancellationToken);
            await LabJson.WriteAsync(layout.DocumentReceipts, list, cancellationToken);
        }

        File.Delete(image);
    }

    private async Task StartWorkloadsAsync(CancellationToken cancellationToken)
    {
        await ApplyAsync("secrets-operator", ("port", state.Ports.SecretsOperator), cancellationToken);
        await cluster.ApplyAsync(
            LabManifests.Read("secrets", new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["vault"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{state.Ports.Vault}"),
            }),
            cancellationToken);
        await cluster.ApplyAsync(
            LabManifests.Read("workloads", new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["documentsPort"] = Text(state.Ports.Documents),
                ["erpPort"] = Text(state.Ports.Erp),
                ["postgresPort"] = Text(state.Ports.Postgres),
                ["receipts"] = layout.ErpReceipts,
            }),
            cancellationToken);
        await WaitForPodsAsync(cancellationToken);
    }

    private Task ApplyAsync(string manifest, (string Name, int Value) placeholder, CancellationToken cancellationToken) =>
        cluster.ApplyAsync(
            LabManifests.Read(manifest, new Dictionary<string, string>(StringComparer.Ordinal) { [placeholder.Name] = Text(placeholder.Value) }),
            cancellationToken);

    /// <summary>Until each of the estate's workloads has its one pod ready.</summary>
    private async Task WaitForPodsAsync(CancellationToken cancellationToken)
    {
        (ResourceType Type, string Namespace, string Name)[] workloads =
        [
            (ResourceType.StatefulSets, "vault", "vault"),
            (ResourceType.Deployments, "vault-secrets-operator", "vault-secrets-operator"),
            (ResourceType.Deployments, "erp", "documents"),
            (ResourceType.StatefulSets, "erp", "erp"),
        ];
        var started = time.GetTimestamp();
        while (true)
        {
            var late = new List<string>();
            foreach (var (type, ns, name) in workloads)
            {
                var workload = await cluster.GetAsync(type, ns, name, cancellationToken);
                if (workload.At("status", "readyReplicas") is not JsonValue value || !value.TryGetValue<int>(out var ready) || ready < 1)
                {
                    late.Add($"{ns}/{name}");
                }
            }

            if (late.Count == 0)
            {
                return;
            }

            if (time.GetElapsedTime(started) > Patience)
            {
                throw LabErrors.NotReady(string.Join(", ", late), Patience, layout.Logs, "its pod is not ready");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private async Task WaitForRecordsAsync(int count, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!File.Exists(layout.ErpReceipts) || (await ReceiptBook.ReadAsync(layout.ErpReceipts, cancellationToken)).Count < count)
        {
            if (time.GetElapsedTime(started) > Patience)
            {
                throw LabErrors.NotReady("the ERP", Patience, layout.Log("pod-erp-erp-0"), "it writes no records");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
