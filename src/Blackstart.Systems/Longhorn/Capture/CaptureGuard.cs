using Blackstart.Longhorn.Devices;
using Blackstart.Core.Errors;

namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>
/// A capture of volumes that were just lost must not replace the one that says what they were. Whatever the last capture says and the
/// new one would not is named, and dropped only when the operator names it too.
/// </summary>
internal static class CaptureGuard
{
    /// <summary>Refuses a capture that says less than the one before.</summary>
    /// <exception cref="BlackstartException"><c>BS4610</c>–<c>BS4614</c>.</exception>
    public static void RefuseWorse(ClusterObjects? before, ClusterObjects now, string path, CaptureOptions options)
    {
        if (!now.OfKind(CapturedKind.Volume).Any())
        {
            throw Refusal("BS4610", path, "the cluster knows no volume", "The earlier capture was left as it is: recover from it with `blackstart recover`");
        }

        if (before is null)
        {
            RefuseUnknown([], path, options);
            return;
        }

        RefuseOtherCluster(before, now, path);
        RefuseUnfinished(now, path);
        RefuseUnknown(before.Objects, path, options);
        RefuseLost(before, now, path, options);
        if (!options.IsVerified)
        {
            RefuseVanished(before, now, path, options);
        }
    }

    private static void RefuseOtherCluster(ClusterObjects before, ClusterObjects now, string path)
    {
        if (before.Cluster is { } one && now.Cluster != one)
        {
            throw Refusal(
                "BS4613",
                path,
                $"the file is the capture of another cluster: its kube-system has the UID {one}, this one's {now.Cluster ?? "is not known"}",
                "Write to another file with --to; if this cluster took the other one's place and its volumes are back, move the file away");
        }
    }

    /// <summary>Half a volume has the name of the whole one's file system.</summary>
    private static void RefuseUnfinished(ClusterObjects now, string path)
    {
        if (now.Unfinished.Count > 0)
        {
            throw Refusal(
                "BS4617",
                path,
                $"a recovery has begun to write {string.Join(", ", now.Unfinished.Order(StringComparer.Ordinal))} and not verified {(now.Unfinished.Count == 1 ? "it" : "them")}",
                "The earlier capture was left as it is: let the recovery come to its end with `blackstart resume last`, then capture");
        }
    }

    /// <summary>A name that is not in the last capture was mistyped, and what was meant stays guarded.</summary>
    private static void RefuseUnknown(IReadOnlyList<CapturedObject> before, string path, CaptureOptions options)
    {
        if (options.Forget.FirstOrDefault(f => !before.Any(o => f == Named(o) || (o.Key.Kind == CapturedKind.Volume.Kind && f == o.Key.Name))) is { } unknown)
        {
            throw new BlackstartException(
                "BS4614",
                ExitCode.InvalidInput,
                $"forgetting '{unknown}'",
                $"{path} holds no volume and no object of that name",
                "Name a volume, or another object as Kind/name, such as RecurringJob/nightly");
        }
    }

    private static void RefuseLost(ClusterObjects before, ClusterObjects now, string path, CaptureOptions options)
    {
        var then = before.Volumes().ToDictionary(v => v.Name, StringComparer.Ordinal);
        List<string> emptied = [];
        List<string> other = [];
        foreach (var volume in now.Volumes().Where(v => then.ContainsKey(v.Name) && !options.Forget.Contains(v.Name, StringComparer.Ordinal)))
        {
            var was = then[volume.Name];
            if (volume.Content == DeviceContent.Blank && was.Content != DeviceContent.Blank)
            {
                emptied.Add(volume.Name);
            }
            else if (!options.IsVerified && !now.Verified.Contains(volume.Name) && IsOther(was, volume))
            {
                other.Add(volume.Name);
            }
        }

        if (emptied.Count > 0)
        {
            throw Refusal(
                "BS4610",
                path,
                $"{string.Join(", ", emptied)} held data when last captured and {(emptied.Count == 1 ? "is" : "are")} empty now",
                "The earlier capture was left as it is: recover from it with `blackstart recover`");
        }

        if (other.Count > 0)
        {
            throw Refusal(
                "BS4612",
                path,
                $"{string.Join(", ", other)} {(other.Count == 1 ? "was" : "were")} made again or formatted anew since the last capture, and nothing proves that what {(other.Count == 1 ? "it holds" : "they hold")} is the same",
                $"The earlier capture was left as it is. Look with `blackstart longhorn capture --check`; if the change is meant: --forget {string.Join(" --forget ", other)}");
        }
    }

    /// <summary>Whether it may be another volume under the old name: another object or another content, unless the content proves to be the same.</summary>
    private static bool IsOther(CapturedVolume was, CapturedVolume now)
    {
        var wasMadeAgain = was.Uid is not null && was.Uid != now.Uid;
        var names = was.Content is not (null or DeviceContent.Blank or DeviceContent.Raw);
        return now.Content is null || was.Content is null or DeviceContent.Blank
            ? wasMadeAgain && was.Content != DeviceContent.Blank
            : now.Content != was.Content || (wasMadeAgain && !names);
    }

    /// <summary>Settings come and go with Longhorn's versions; everything else that is gone was deleted by somebody.</summary>
    private static void RefuseVanished(ClusterObjects before, ClusterObjects now, string path, CaptureOptions options)
    {
        var there = now.Objects.Select(o => o.Key).ToHashSet();
        var gone = before.Objects
            .Where(o => o.Key.Kind != CapturedKind.Setting.Kind && o.Key.Kind != CapturedKind.Node.Kind && !there.Contains(o.Key))
            .Where(o => !options.Forget.Contains(Named(o), StringComparer.Ordinal) && !options.Forget.Contains(before.VolumeOf(o) ?? "", StringComparer.Ordinal))
            .ToList();
        if (gone.Count > 0)
        {
            var names = gone.Select(o => before.VolumeOf(o) is { } volume && !there.Contains(before.OfKind(CapturedKind.Volume).FirstOrDefault(v => v.Key.Name == volume)?.Key ?? default) ? volume : Named(o)).Distinct(StringComparer.Ordinal);
            throw Refusal(
                "BS4611",
                path,
                $"the cluster no longer has {string.Join(", ", gone.Select(o => o.Key.ToString()))}",
                $"The earlier capture was left as it is: recover from it. If they are gone for good: --forget {string.Join(" --forget ", names)}");
        }
    }

    private static string Named(CapturedObject o) => $"{o.Key.Kind}/{o.Key.Name}";

    private static BlackstartException Refusal(string code, string path, string cause, string remedy) =>
        new(code, ExitCode.Negative, $"capturing the volumes into {path}", cause, remedy);
}
