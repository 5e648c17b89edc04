using System.Text.Json.Nodes;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Kubernetes;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>
/// Puts the settings aside that could delete or rebuild data meanwhile, and puts them back. What a setting goes back to is written onto the
/// Setting object in the same patch that changes it: no kill can come between, and a later run, on any machine, does not mistake the value it
/// finds for the operator's.
/// </summary>
internal sealed class SettingsAside(LonghornScope longhorn)
{
    /// <summary>Annotation on a Setting that is put aside: the value it goes back to.</summary>
    public const string Annotation = KeptFields.OwnPrefix + "set-aside";

    private string Back => $"{longhorn.Name}/settings-back";

    private string Facts => $"{longhorn.Name}/settings";

    /// <summary>The step that puts them aside.</summary>
    public Step AsideStep(string after) => new($"{longhorn.Name}/settings-aside", "Put aside the settings that could delete or rebuild data", new Probe("aside", "nothing acts on replica data by itself, or there is nothing to bring back", async (context, cancellationToken) =>
    {
        if (context.Facts.Find(Facts) is not null)
        {
            var acting = await ActingAsync(cancellationToken);
            if (acting.Count == 0)
            {
                return ProbeAnswer.Yes("nothing acts on replica data by itself");
            }
        }

        return await longhorn.Probes.AllBackAsync(context, cancellationToken);
    }))
    {
        Component = longhorn.Name,
        DependsOn = [after],
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        UndoneBy = Back,
        ByHand = $"kubectl patch settings.longhorn.io auto-salvage -n {longhorn.Api.Namespace} --type=merge -p '{{\"value\":\"false\"}}', and the like",
        Action = PutAsideAsync,
    };

    /// <summary>The step that puts them back.</summary>
    public Step BackStep(IReadOnlyList<string> after) => new(Back, "Put Longhorn's settings back", new Probe("back", "no setting is put aside", async (_, cancellationToken) =>
    {
        var settings = await longhorn.Api.ListSettingsAsync(cancellationToken);
        var aside = settings.Where(s => AsideValue(s.Value) is not null).Select(s => s.Key).Order(StringComparer.Ordinal).ToList();
        var lost = Lost(settings).Select(s => s.Name).ToList();
        return aside.Count > 0 ? ProbeAnswer.No($"{string.Join(", ", aside)} are put aside")
            : lost.Count > 0 ? ProbeAnswer.No($"{string.Join(", ", lost)} were captured and are not there")
            : ProbeAnswer.Yes("no setting is put aside");
    }))
    {
        Component = longhorn.Name,
        DependsOn = after,
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        ByHand = $"kubectl get settings.longhorn.io -n {longhorn.Api.Namespace} -o yaml, and the values of {Annotation}",
        Action = PutBackAsync,
    };

    private async Task PutAsideAsync(StepContext context, CancellationToken cancellationToken)
    {
        var capture = longhorn.Capture();
        var captured = capture.Settings.ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        var isReinstalled = await IsReinstalledAsync(capture, cancellationToken);
        var found = context.Facts.Find(Facts) as JsonObject ?? [];
        foreach (var setting in GuardedSetting.All)
        {
            var current = (await longhorn.Api.ListSettingsAsync(cancellationToken)).GetValueOrDefault(setting.Name);
            var value = current is null ? null : Value(current);
            var earlier = current is null ? null : AsideValue(current);
            var (back, source) = GoesBackTo(setting, value, earlier, captured.GetValueOrDefault(setting.Name), isReinstalled);

            // What is missing has its default: only one that acts has to be made.
            var acts = !setting.IsSafe(value ?? setting.Default);
            if (!acts && back == value)
            {
                continue;
            }

            if (value is null && !acts)
            {
                continue;
            }

            found[setting.Name] = new JsonObject { ["found"] = value, ["back"] = back, ["source"] = source };
            context.Facts.Set(Facts, found.DeepClone());
            await SetAsync(context.Clearance, setting.Name, isMissing: value is null, setting.Safe(value ?? setting.Default), back, cancellationToken);
        }

        context.Facts.Set(Facts, found.DeepClone());
    }

    /// <summary>
    /// What a setting goes back to. A value that does nothing to data may be what an operator put aside by hand before the recovery, so the
    /// capture goes before it; one that acts is what somebody decided, and may be newer than the capture.
    /// </summary>
    /// <param name="setting">The setting.</param>
    /// <param name="value">Its value now; null when it is missing.</param>
    /// <param name="earlier">What an earlier run noted on it; null when none did.</param>
    /// <param name="captured">What was captured; null when it was not.</param>
    /// <param name="isReinstalled">Whether Longhorn was installed anew, so that the value now is nobody's decision.</param>
    internal static (string Back, string Source) GoesBackTo(GuardedSetting setting, string? value, string? earlier, string? captured, bool isReinstalled) =>
        earlier is not null && value is not null && setting.IsSafe(value) ? (earlier, "an earlier run")
        : captured is not null && (isReinstalled || value is null || setting.IsSafe(value)) ? (captured, "the capture")
        : value is not null ? (value, "the cluster")
        : (setting.Default, "Longhorn's default");

    private async Task PutBackAsync(StepContext context, CancellationToken cancellationToken)
    {
        var settings = await longhorn.Api.ListSettingsAsync(cancellationToken);
        foreach (var (name, setting) in settings)
        {
            if (AsideValue(setting) is { } back)
            {
                // A value that acts was set since by somebody else, who meant it.
                var isOurs = GuardedSetting.All.FirstOrDefault(g => g.Name == name)?.IsSafe(Value(setting)) ?? true;
                await SetAsync(context.Clearance, name, isMissing: false, isOurs ? back : Value(setting), null, cancellationToken);
            }
        }

        foreach (var lost in Lost(settings))
        {
            await longhorn.Systems.KubernetesWriter.ApplyAsync(context.Clearance, lost.Manifest, cancellationToken);
        }
    }

    private Task SetAsync(Clearance clearance, string name, bool isMissing, string value, string? back, CancellationToken cancellationToken)
    {
        var fields = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [Annotation] = back } }, ["value"] = value };
        if (!isMissing)
        {
            return longhorn.Systems.KubernetesWriter.PatchAsync(clearance, longhorn.Api.Namespace, $"settings.longhorn.io/{name}", fields, cancellationToken);
        }

        fields["apiVersion"] = "longhorn.io/v1beta2";
        fields["kind"] = "Setting";
        fields["metadata"]!["name"] = name;
        fields["metadata"]!["namespace"] = longhorn.Api.Namespace;
        return longhorn.Systems.KubernetesWriter.ApplyAsync(clearance, YamlDocuments.Write(fields), cancellationToken);
    }

    /// <summary>Settings that act on data as they are now.</summary>
    private async Task<List<string>> ActingAsync(CancellationToken cancellationToken)
    {
        var settings = await longhorn.Api.ListSettingsAsync(cancellationToken);
        return [.. GuardedSetting.All
            .Where(g => !g.IsSafe(settings.TryGetValue(g.Name, out var setting) ? Value(setting) : g.Default))
            .Select(g => g.Name)];
    }

    /// <summary>Captured settings of these that the cluster no longer has, and whose value is not the default.</summary>
    private List<CapturedSetting> Lost(IReadOnlyDictionary<string, JsonObject> settings) =>
        [.. longhorn.Capture().Settings.Where(s =>
            !settings.ContainsKey(s.Name)
            && GuardedSetting.All.FirstOrDefault(g => g.Name == s.Name) is { } guarded
            && s.Value != guarded.Default
            && !(s.Name == "orphan-auto-deletion" && settings.ContainsKey("orphan-resource-auto-deletion")))];

    /// <summary>Whether the Volumes that were captured are gone, so that what the settings are now is no operator's doing.</summary>
    private async Task<bool> IsReinstalledAsync(LonghornCapture capture, CancellationToken cancellationToken)
    {
        foreach (var volume in capture.Volumes)
        {
            var now = await longhorn.Api.FindVolumeAsync(volume.Name, cancellationToken);
            if (now is not null && (volume.Uid is null || volume.Uid == now.Uid))
            {
                return false;
            }
        }

        return true;
    }

    private static string? AsideValue(JsonObject setting) => setting["metadata"]?["annotations"]?[Annotation]?.GetValue<string>();

    private static string Value(JsonObject setting) => setting["value"]?.GetValue<string>() ?? "";
}
