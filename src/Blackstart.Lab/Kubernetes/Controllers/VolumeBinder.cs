using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Rules;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Binds claims and volumes that name each other or fit, keeps their phases, and keeps what is in use from going.</summary>
internal sealed class VolumeBinder(ObjectService objects) : Controller(objects)
{
    protected override string Name => "persistent-volume-binder";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var (volumes, claims) = (Core("persistentvolumes").StoragePrefix, Core("persistentvolumeclaims").StoragePrefix);
        if (change.Key.StartsWith(volumes, StringComparison.Ordinal))
        {
            yield return change.Key;
            foreach (var claim in Objects.List(Core("persistentvolumeclaims")).Where(claim => !IsBound(claim.View) || claim.View.Text("spec", "volumeName") == change.Object.Name))
            {
                yield return claim.Key;
            }
        }
        else if (change.Key.StartsWith(claims, StringComparison.Ordinal))
        {
            yield return change.Key;
            foreach (var volume in Objects.List(Core("persistentvolumes")).Where(volume => Names(volume.View, change.Object)))
            {
                yield return volume.Key;
            }
        }
        else if (change.Key.StartsWith(Core("pods").StoragePrefix, StringComparison.Ordinal))
        {
            foreach (var name in Uses(change.Object.View))
            {
                yield return $"{claims}{change.Object.Namespace}/{name}";
            }
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        if (Objects.Store.Get(key) is not { } item)
        {
            return;
        }

        if (item.Namespace is null)
        {
            await VolumeAsync(item, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ClaimAsync(item, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsBound(JsonObject claim) => claim.Text("metadata", "annotations", "pv.kubernetes.io/bind-completed") == "yes";

    private static bool Names(JsonObject volume, StoredObject claim) =>
        volume.Text("spec", "claimRef", "name") == claim.Name && volume.Text("spec", "claimRef", "namespace") == claim.Namespace;

    private static bool MayTake(JsonObject volume, StoredObject claim) =>
        volume.Map("spec", "claimRef") is null
        || (Names(volume, claim) && (volume.Text("spec", "claimRef", "uid") is null or "" || volume.Text("spec", "claimRef", "uid") == claim.Uid));

    private static IEnumerable<string> Uses(JsonObject pod) =>
        pod.List("spec", "volumes").Maps().Select(volume => volume.Text("persistentVolumeClaim", "claimName")).OfType<string>();

    private static bool Fits(JsonObject volume, JsonObject claim)
    {
        var wanted = claim.List("spec", "accessModes").Texts();
        var offered = volume.List("spec", "accessModes").Texts().ToHashSet(StringComparer.Ordinal);
        return (volume.Text("spec", "storageClassName") ?? string.Empty) == (claim.Text("spec", "storageClassName") ?? string.Empty)
            && (volume.Text("spec", "volumeMode") ?? "Filesystem") == (claim.Text("spec", "volumeMode") ?? "Filesystem")
            && wanted.All(offered.Contains)
            && Quantity.Of(volume.Text("spec", "capacity", "storage")) >= Quantity.Of(claim.Text("spec", "resources", "requests", "storage"));
    }

    private async Task VolumeAsync(StoredObject volume, CancellationToken cancellationToken)
    {
        var reference = volume.View.Map("spec", "claimRef");
        var claim = reference is null ? null : Objects.Find(Core("persistentvolumeclaims"), reference.Text("namespace"), reference.Text("name") ?? string.Empty);
        var uid = reference.Text("uid");
        var phase = reference is null || string.IsNullOrEmpty(uid) ? "Available"
            : claim is not null && claim.Uid == uid ? "Bound"
            : "Released";
        if (volume.View.IsDeleting() && phase != "Bound" && Finalizers.Has(volume.View, PersistentVolumeRules.Protection))
        {
            await ReleaseAsync("persistentvolumes", volume, PersistentVolumeRules.Protection, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (volume.View.Text("status", "phase") != phase && !volume.View.IsDeleting())
        {
            await PhaseAsync("persistentvolumes", volume, phase, _ => { }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ClaimAsync(StoredObject claim, CancellationToken cancellationToken)
    {
        if (claim.View.IsDeleting())
        {
            var used = Objects.List(Core("pods"), claim.Namespace).Any(pod => pod.View.Text("status", "phase") is not ("Succeeded" or "Failed") && Uses(pod.View).Contains(claim.Name)
                && pod.View.Text("spec", "nodeName") is { Length: > 0 });
            if (!used && Finalizers.Has(claim.View, ClaimRules.Protection))
            {
                await ReleaseAsync("persistentvolumeclaims", claim, ClaimRules.Protection, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var named = claim.View.Text("spec", "volumeName") is { Length: > 0 } name ? name : null;
        var volumes = Core("persistentvolumes");
        if (IsBound(claim.View))
        {
            var there = named is null ? null : Objects.Find(volumes, null, named);
            var phase = there is null || !MayTake(there.View, claim) ? "Lost" : "Bound";
            if (claim.View.Text("status", "phase") != phase)
            {
                await PhaseAsync("persistentvolumeclaims", claim, phase, _ => { }, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        var volume = named is not null
            ? Objects.Find(volumes, null, named)
            : Objects.List(volumes).Where(item => !item.View.IsDeleting() && MayTake(item.View, claim))
                .OrderByDescending(item => Names(item.View, claim))
                .ThenBy(item => Quantity.Of(item.View.Text("spec", "capacity", "storage")))
                .FirstOrDefault(item => Names(item.View, claim) || Fits(item.View, claim.View));
        if (volume is null || !MayTake(volume.View, claim))
        {
            return;
        }

        await BindAsync(claim, volume, named is null, cancellationToken).ConfigureAwait(false);
    }

    private async Task BindAsync(StoredObject claim, StoredObject volume, bool chosen, CancellationToken cancellationToken)
    {
        await Objects.ModifyAsync(
            Core("persistentvolumes"),
            null,
            volume.Name,
            Options(),
            current =>
            {
                if (!MayTake(current, claim))
                {
                    throw Refusal.Conflict(Core("persistentvolumes"), volume.Name);
                }

                current.Ensure("spec")["claimRef"] = new JsonObject
                {
                    ["kind"] = "PersistentVolumeClaim",
                    ["namespace"] = claim.Namespace,
                    ["name"] = claim.Name,
                    ["uid"] = claim.Uid,
                    ["apiVersion"] = "v1",
                    ["resourceVersion"] = Text(claim.Revision),
                };
                return current;
            },
            cancellationToken).ConfigureAwait(false);
        await PhaseAsync("persistentvolumes", volume, "Bound", _ => { }, cancellationToken).ConfigureAwait(false);
        await Objects.ModifyAsync(
            Core("persistentvolumeclaims"),
            claim.Namespace,
            claim.Name,
            Options(),
            current =>
            {
                current.Ensure("spec")["volumeName"] = volume.Name;
                var annotations = current.Ensure("metadata").Ensure("annotations");
                annotations["pv.kubernetes.io/bind-completed"] = "yes";
                if (chosen)
                {
                    annotations["pv.kubernetes.io/bound-by-controller"] = "yes";
                }

                return current;
            },
            cancellationToken).ConfigureAwait(false);
        await PhaseAsync(
            "persistentvolumeclaims",
            claim,
            "Bound",
            status =>
            {
                status.Assign("accessModes", volume.View.At("spec", "accessModes"));
                status.Assign("capacity", volume.View.At("spec", "capacity"));
            },
            cancellationToken).ConfigureAwait(false);
    }

    private Task<JsonObject> PhaseAsync(string plural, StoredObject item, string phase, Action<JsonObject> more, CancellationToken cancellationToken) => Objects.ModifyAsync(
        Core(plural),
        item.Namespace,
        item.Name,
        Options("status"),
        current =>
        {
            var status = current.Ensure("status");
            status["phase"] = phase;
            more(status);
            return current;
        },
        cancellationToken);

    private Task<JsonObject> ReleaseAsync(string plural, StoredObject item, string finalizer, CancellationToken cancellationToken) => Objects.ModifyAsync(
        Core(plural),
        item.Namespace,
        item.Name,
        Options(),
        current =>
        {
            Finalizers.Remove(current, finalizer);
            return current;
        },
        cancellationToken);
}
