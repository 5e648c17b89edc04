namespace Blackstart.Longhorn.Choosing;

/// <summary>
/// Tells which replicas are of one incarnation of the volume, and which only of one that had the same name: a common snapshot or the same
/// file system says that they are, another file system that they are not; else their fingerprints decide, and without these they
/// are not taken for one.
/// </summary>
internal static class IncarnationGroups
{
    internal static List<List<Candidate>> Of(List<Candidate> candidates, Func<Candidate, Fingerprint?> fingerprintOf)
    {
        var groups = new List<List<Candidate>>();
        foreach (var candidate in candidates)
        {
            var related = groups.FindAll(group => group.Exists(other => AreOne(candidate, other, fingerprintOf)));
            groups.RemoveAll(related.Contains);
            groups.Add([.. related.SelectMany(group => group), candidate]);
        }

        return groups;
    }

    private static bool AreOne(Candidate one, Candidate other, Func<Candidate, Fingerprint?> fingerprintOf)
    {
        if (one.Snapshots.Intersect(other.Snapshots, StringComparer.Ordinal).Any())
        {
            return true;
        }

        return one.Content?.Uuid is { } id && other.Content?.Uuid is { } otherId
            ? string.Equals(id, otherId, StringComparison.Ordinal)
            : fingerprintOf(one) is { } first && fingerprintOf(other) is { } second && Fingerprint.AreOfOneVolume(first, one.Size, second, other.Size);
    }
}
