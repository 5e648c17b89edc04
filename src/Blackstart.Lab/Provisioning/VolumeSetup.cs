using Blackstart.Lab.Cluster;
using Blackstart.Lab.Erp;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Kubelet;
using Blackstart.Lab.Longhorn;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Provisioning;

/// <summary>Puts the first content onto volumes, each attached for just that.</summary>
internal sealed class VolumeSetup(LabLayout layout, ClusterClient cluster, TimeProvider time)
{
    private const string User = "provisioning";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>The ERP's journal: an empty one, unless there is one.</summary>
    public Task FormatJournalAsync(Guid ledger, CancellationToken cancellationToken) => WithDeviceAsync(
        LabVolume.Erp.Name,
        async device =>
        {
            try
            {
                _ = await RecordJournal.OpenAsync(device, cancellationToken);
            }
            catch (ErpRefusedException)
            {
                await RecordJournal.FormatAsync(device, ledger, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>The documents' file system.</summary>
    public Task CopyAsync(string image, CancellationToken cancellationToken) => WithDeviceAsync(
        LabVolume.Documents.Name,
        device => DeviceFormat.CopyAsync(image, device, cancellationToken),
        cancellationToken);

    /// <summary>Takes a snapshot of an attached volume, so that its replicas have more than one layer.</summary>
    public async Task SnapshotAsync(string volume, string name, CancellationToken cancellationToken)
    {
        await cluster.ApplyAsync(
            LabManifests.Read("snapshot", new Dictionary<string, string>(StringComparer.Ordinal) { ["volume"] = volume, ["name"] = name }),
            cancellationToken);
        var started = time.GetTimestamp();
        while ((await cluster.GetAsync(LonghornKinds.Snapshots, LonghornKinds.Namespace, name, cancellationToken))
            .At("status", "readyToUse")?.GetValue<bool>() != true)
        {
            if (time.GetElapsedTime(started) > Patience)
            {
                throw LabErrors.NotReady($"the snapshot {name} of volume {volume}", Patience, layout.Log("longhorn"), "it was not taken");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private async Task WithDeviceAsync(string volume, Func<NbdClient, Task> work, CancellationToken cancellationToken)
    {
        using var attacher = new LonghornAttacher(LabLayout.NodeNames[0], cluster, time);
        var endpoint = await AttachAsync(attacher, volume, cancellationToken);
        await using (var device = await NbdClient.ConnectAsync(new Uri(endpoint), cancellationToken))
        {
            await work(device);
        }

        await attacher.DetachAsync(volume, User, cancellationToken);
    }

    private async Task<string> AttachAsync(LonghornAttacher attacher, string volume, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await attacher.AttachAsync(volume, User, Patience, cancellationToken);
            }
            catch (MountException) when (time.GetElapsedTime(started) < Patience)
            {
                // Longhorn makes the VolumeAttachment a moment after the Volume.
                await Task.Delay(Poll, time, cancellationToken);
            }
            catch (MountException e)
            {
                throw LabErrors.NotReady($"the volume {volume}", Patience, layout.Log("longhorn"), e.Message);
            }
        }
    }
}
