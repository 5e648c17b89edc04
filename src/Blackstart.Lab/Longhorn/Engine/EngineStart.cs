using System.Globalization;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>
/// Which replicas an engine starts with, decided as the real one decides: by what the directories say of themselves, and never by
/// looking at their content.
/// </summary>
internal sealed class EngineStart(string volume, long size, EngineOptions options)
{
    /// <summary>Heads written within this time of the newest one are equally good in a salvage (longhorn-engine, pkg/controller/control.go).</summary>
    private static readonly TimeSpan SalvageWindow = TimeSpan.FromSeconds(5);

    /// <summary>Opens what is to be trusted; the rest comes back failed, with the reason.</summary>
    /// <exception cref="IOException">No replica is left.</exception>
    public List<AttachedReplica> Open(IReadOnlyList<ReplicaSource> sources)
    {
        var replicas = sources.Select(source => new AttachedReplica(source.Name, source.Path)).ToList();
        var trusted = new Dictionary<AttachedReplica, VolumeMeta>();
        foreach (var (replica, source) in replicas.Zip(sources))
        {
            Try(replica, () => trusted[replica] = Inspect(source, alone: sources.Count == 1));
        }

        RejectDirtyBesideClean(trusted);
        if (options.Salvage)
        {
            KeepOne(trusted);
        }

        foreach (var replica in trusted.Keys)
        {
            Try(replica, () =>
            {
                replica.Replica = ReplicaDirectory.Open(replica.Path, size);
                replica.Mode = ReplicaMode.ReadWrite;
            });
        }

        RejectOldRevisions(replicas);
        return replicas.Exists(replica => replica.Mode == ReplicaMode.ReadWrite)
            ? replicas
            : throw new IOException($"Volume {volume} has no replica to start with: {string.Join("; ", replicas.Select(replica => $"{replica.Name}: {replica.Reason}"))}");
    }

    private VolumeMeta Inspect(ReplicaSource source, bool alone)
    {
        var meta = ReplicaDirectory.Inspect(source.Path);
        if (meta is null)
        {
            if (source.MustExist)
            {
                throw new IOException($"{source.Path} is gone");
            }

            ReplicaDirectory.Create(source.Path, size, Now(), options.CountRevisions);
            meta = ReplicaDirectory.Inspect(source.Path)!;
        }

        if (!string.IsNullOrEmpty(meta.Error))
        {
            throw new IOException($"the replica is in error: {meta.Error}");
        }

        // A single replica that was being rebuilt is taken as it is, as the real engine does.
        if (meta.Rebuilding && !alone)
        {
            throw new IOException("the replica was being rebuilt");
        }

        return meta.Size == size ? meta : throw new IOException($"the replica has {meta.Size} bytes, the volume {size}");
    }

    /// <summary>
    /// Replicas that were closed cleanly are known to be equal; of a dirty one beside them nothing is known. It is the trap of a
    /// renamed orphan: full of data and dirty, it loses to the empty ones that Longhorn has just made.
    /// </summary>
    private static void RejectDirtyBesideClean(Dictionary<AttachedReplica, VolumeMeta> trusted)
    {
        if (trusted.Values.All(meta => meta.Dirty) || !trusted.Values.Any(meta => meta.Dirty))
        {
            return;
        }

        foreach (var replica in trusted.Where(pair => pair.Value.Dirty).Select(pair => pair.Key).ToList())
        {
            replica.Reason = "the replica was not closed cleanly while others were: its state is unknown";
            trusted.Remove(replica);
        }
    }

    /// <summary>Newest head within the window with the most allocated bytes; ties go to the newest.</summary>
    private static void KeepOne(Dictionary<AttachedReplica, VolumeMeta> trusted)
    {
        var heads = trusted.Select(pair => (Replica: pair.Key, Written: File.GetLastWriteTimeUtc(Path.Combine(pair.Key.Path, pair.Value.Head)), Bytes: AllocatedBytes(pair.Key.Path))).ToList();
        if (heads.Count < 2)
        {
            return;
        }

        var newest = heads.Max(head => head.Written);
        var kept = heads.Where(head => newest - head.Written <= SalvageWindow).OrderByDescending(head => head.Bytes).ThenByDescending(head => head.Written).First().Replica;
        foreach (var replica in trusted.Keys.Where(replica => replica != kept).ToList())
        {
            replica.Reason = $"salvaged from {kept.Name}";
            trusted.Remove(replica);
        }
    }

    private static long AllocatedBytes(string directory)
    {
        var bytes = 0L;
        foreach (var image in Directory.EnumerateFiles(directory, "*" + ReplicaFiles.ImageSuffix))
        {
            using var file = SparseFile.Open(image, FileMode.Open);
            bytes += SparseFile.Data(file, 0, RandomAccess.GetLength(file)).Sum(run => run.Length);
        }

        return bytes;
    }

    private static void RejectOldRevisions(List<AttachedReplica> replicas)
    {
        var counted = replicas.Where(replica => replica.Replica is ReplicaDirectory { Revision: not null }).ToList();
        if (counted.Count == 0)
        {
            return;
        }

        var newest = counted.Max(replica => ((ReplicaDirectory)replica.Replica!).Revision!.Value);
        foreach (var replica in counted)
        {
            var revision = ((ReplicaDirectory)replica.Replica!).Revision!.Value;
            if (revision < newest)
            {
                Fail(replica, string.Create(CultureInfo.InvariantCulture, $"revision {revision} is behind {newest}"));
            }
        }
    }

    private static void Try(AttachedReplica replica, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Fail(replica, exception.Message);
        }
    }

    private static void Fail(AttachedReplica replica, string reason)
    {
        replica.Replica?.Dispose();
        replica.Replica = null;
        replica.Mode = ReplicaMode.Failed;
        replica.Reason = reason;
    }

    private string Now() => options.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
