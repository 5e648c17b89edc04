using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>The volumes, Secrets, ConfigMaps and service account files of one pod, and where its container finds them.</summary>
internal sealed class PodMounts(KubeletContext context, JsonObject pod)
{
    private const string ServiceAccountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private static readonly TimeSpan AttachPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReattachPatience = TimeSpan.FromSeconds(1);

    // What API servers grant by default whatever a kubelet asks for (--service-account-extend-token-expiration): not every program
    // reads its token file again.
    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(365);

    private readonly string _folder = Path.Combine(context.PodsFolder, pod.Uid());
    private readonly Dictionary<string, AtomicFolder> _projections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _endpoints = new(StringComparer.Ordinal);
    private AtomicFolder? _account;
    private DateTimeOffset _accountUntil;

    /// <summary>Where the container finds its termination message file.</summary>
    public string TerminationMessage => Path.Combine(_folder, "termination-log");

    /// <summary>Makes everything available and says where it is.</summary>
    /// <exception cref="MountException">Something is not there yet.</exception>
    public async Task<PathSubstitution> PrepareAsync(JsonObject container, CancellationToken cancellationToken)
    {
        var places = new PathSubstitution();
        await RefreshAsync(cancellationToken);
        if (_account is not null)
        {
            places.Add(ServiceAccountPath, _account.Path);
        }

        foreach (var volume in pod.ItemsAt("spec", "volumes"))
        {
            var name = volume.TextAt("name") ?? "";
            var mount = container.ItemsAt("volumeMounts").FirstOrDefault(item => item.TextAt("name") == name).TextAt("mountPath");
            var device = container.ItemsAt("volumeDevices").FirstOrDefault(item => item.TextAt("name") == name).TextAt("devicePath");
            if (volume.TextAt("persistentVolumeClaim", "claimName") is { } claim)
            {
                var endpoint = await AttachAsync(claim, cancellationToken);
                places.Add(device ?? mount ?? "", endpoint);
            }
            else if (mount is not null && _projections.TryGetValue(name, out var projection))
            {
                places.Add(mount, projection.Path);
            }
            else if (volume["hostPath"] is JsonObject host)
            {
                var path = HostPath.Resolve(name, host);
                if (mount is not null && mount != path)
                {
                    places.Add(mount, path);
                }
            }
            else if (mount is not null && volume["emptyDir"] is not null)
            {
                places.Add(mount, Directory.CreateDirectory(Path.Combine(_folder, "empty", name)).FullName);
            }
        }

        if (container.TextAt("terminationMessagePath") is { Length: > 0 } termination)
        {
            places.Add(termination, TerminationMessage);
        }

        if (container.TextAt("workingDir") is { Length: > 0 } folder && !Directory.Exists(places.Apply(folder)))
        {
            throw new MountException("Failed", $"Error: the working directory {folder} is not there");
        }

        return places;
    }

    /// <summary>Brings Secrets, ConfigMaps and the service account token up to date.</summary>
    /// <exception cref="MountException">One of them is missing.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder);
        foreach (var volume in pod.ItemsAt("spec", "volumes"))
        {
            var name = volume.TextAt("name") ?? "";
            if (volume["secret"] is JsonObject secret)
            {
                await ProjectAsync(name, "secret", ResourceType.Secrets, secret.TextAt("secretName") ?? "", secret["optional"]?.GetValue<bool>() == true, cancellationToken);
            }
            else if (volume["configMap"] is JsonObject map)
            {
                await ProjectAsync(name, "configmap", ResourceType.ConfigMaps, map.TextAt("name") ?? "", map["optional"]?.GetValue<bool>() == true, cancellationToken);
            }
        }

        await RefreshAccountAsync(cancellationToken);
    }

    /// <summary>Gives the volumes back once no process of the pod is left.</summary>
    public async Task DetachAsync(CancellationToken cancellationToken)
    {
        // Also those that an earlier kubelet attached for it.
        foreach (var volume in _endpoints.Keys.Union(await PodClaims.VolumesAsync(context.Client, pod, cancellationToken), StringComparer.Ordinal))
        {
            await context.Attacher.DetachAsync(volume, pod.Uid(), cancellationToken);
        }

        _endpoints.Clear();
    }

    /// <summary>Gives everything back once no process of the pod is left.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await DetachAsync(cancellationToken);
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task<string> AttachAsync(string claimName, CancellationToken cancellationToken)
    {
        var (volume, mode) = await PodClaims.ResolveAsync(context.Client, pod.Namespace(), claimName, cancellationToken);
        if (_endpoints.TryGetValue(volume, out var known))
        {
            return await AttachAgainAsync(volume, known, cancellationToken);
        }

        var endpoint = await context.Attacher.AttachAsync(volume, pod.Uid(), AttachPatience, cancellationToken);
        if (mode == "Filesystem")
        {
            await FormatAsync(volume, endpoint, cancellationToken);
        }

        _endpoints[volume] = endpoint;
        return endpoint;
    }

    /// <summary>
    /// A container that starts again in the same pod keeps the mounts of the one before: a device that is gone by now is for
    /// the container to find out, and to crash over.
    /// </summary>
    private async Task<string> AttachAgainAsync(string volume, string known, CancellationToken cancellationToken)
    {
        try
        {
            return _endpoints[volume] = await context.Attacher.AttachAsync(volume, pod.Uid(), ReattachPatience, cancellationToken);
        }
        catch (MountException)
        {
            return known;
        }
    }

    private async Task FormatAsync(string volume, string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            if (await DeviceFormat.EnsureAsync(new Uri(endpoint), _folder, context.CommandLine, cancellationToken))
            {
                await context.Events.TellAsync(pod, "Normal", "VolumeFormatted", $"volume {volume} was blank and has been formatted with ext4", cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or BlackstartException)
        {
            throw new MountException("FailedMount", $"MountVolume.MountDevice failed for volume \"{volume}\" : {e.Message}");
        }
    }

    private async Task ProjectAsync(string volume, string kind, ResourceType type, string source, bool optional, CancellationToken cancellationToken)
    {
        var item = await context.Client.GetAsync(type, pod.Namespace(), source, cancellationToken);
        if (item is null && !optional && !_projections.ContainsKey(volume))
        {
            throw new MountException("FailedMount", $"MountVolume.SetUp failed for volume \"{volume}\" : {kind} \"{source}\" not found");
        }

        // A Secret deleted while its pod runs stays mounted as it was last seen.
        var version = item?.ResourceVersion() ?? "";
        if (_projections.TryGetValue(volume, out var folder) && (item is null || _versions[volume] == version))
        {
            return;
        }

        folder ??= new AtomicFolder(Path.Combine(_folder, "volumes", volume));
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, value) in item?["data"] as JsonObject ?? [])
        {
            var text = value?.GetValue<string>() ?? "";
            files[key] = type == ResourceType.Secrets ? Convert.FromBase64String(text) : Encoding.UTF8.GetBytes(text);
        }

        await folder.WriteAsync(files, cancellationToken);
        _projections[volume] = folder;
        _versions[volume] = version;
    }

    private async Task RefreshAccountAsync(CancellationToken cancellationToken)
    {
        if (pod.At("spec", "automountServiceAccountToken") is JsonValue mount && mount.TryGetValue<bool>(out var wanted) && !wanted)
        {
            return;
        }

        if (_account is not null && context.Time.GetUtcNow() < _accountUntil)
        {
            return;
        }

        var account = pod.TextAt("spec", "serviceAccountName") ?? "default";
        var token = await ServiceAccountTokens.RequestAsync(context.Client, pod.Namespace()!, account, TokenLife, cancellationToken)
            ?? throw new MountException("FailedMount", $"MountVolume.SetUp failed for volume \"kube-api-access\" : serviceaccounts \"{account}\" not found");
        var folder = _account ?? new AtomicFolder(Path.Combine(_folder, "volumes", "kube-api-access"));
        await folder.WriteAsync(
            new Dictionary<string, byte[]>(StringComparer.Ordinal)
            {
                ["token"] = Encoding.UTF8.GetBytes(token),
                ["ca.crt"] = Encoding.UTF8.GetBytes(context.Client.Connection.CertificateAuthority ?? ""),
                ["namespace"] = Encoding.UTF8.GetBytes(pod.Namespace()!),
            },
            cancellationToken);
        _account = folder;
        _accountUntil = context.Time.GetUtcNow() + (TokenLife * 0.8);
    }
}
