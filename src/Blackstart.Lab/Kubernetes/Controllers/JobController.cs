using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Rules;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>
/// Runs Jobs to completion: makes pods until enough of them succeeded, too many failed, or the time is up. A pod is counted once,
/// whoever deletes it when: it bears a finalizer until its end stands in the Job's status.
/// </summary>
internal sealed class JobController(ObjectService objects) : Controller(objects)
{
    private const string Tracking = "batch.kubernetes.io/job-tracking";

    // Kubernetes doubles from 10 s to 6 min; the lab's clock runs faster, as for containers that crash.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    protected override string Name => "job-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        var prefix = Batch.StoragePrefix;
        if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return change.Key;
        }
        else if (change.Key.StartsWith(Core("pods").StoragePrefix, StringComparison.Ordinal) && Workloads.OwnerKey(change.Object, prefix, "Job") is { } owner)
        {
            yield return owner;
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        var job = Objects.Store.Get(key);
        await LetGoAsync(key, job, cancellationToken).ConfigureAwait(false);
        if (job is null || job.View.IsDeleting())
        {
            return;
        }

        if (JobState.IsFinished(job.View))
        {
            await ExpireAsync(job, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await CountAsync(job, cancellationToken).ConfigureAwait(false);
            await RunAsync(Objects.Get(Batch, job.Namespace, job.Name), cancellationToken).ConfigureAwait(false);
        }
    }

    private Kinds.ResourceKind Batch => Objects.Kinds.BuiltIn("batch", "jobs");

    /// <summary>Pods whose Job is over, or gone (one of the same name may have taken its place), may go as well.</summary>
    private async Task LetGoAsync(string key, StoredObject? job, CancellationToken cancellationToken)
    {
        foreach (var pod in Objects.List(Core("pods")).Where(pod => Workloads.OwnerKey(pod, Batch.StoragePrefix, "Job") == key))
        {
            if (job is null || job.View.IsDeleting() || Workloads.ControllerOf(pod.View) != job.Uid || (JobState.IsFinished(job.View) && JobState.Outcome(pod.View) is not null))
            {
                await ReleaseAsync(pod, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ExpireAsync(StoredObject job, CancellationToken cancellationToken)
    {
        if (job.View.Number("spec", "ttlSecondsAfterFinished") is not { } seconds)
        {
            return;
        }

        var left = JobState.FinishedAt(job.View).AddSeconds(seconds) - Objects.Clock.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            EnqueueAfter(job.Key, left);
            return;
        }

        await Objects.DeleteAsync(Batch, job.Namespace, job.Name, new DeleteRequest { Uid = job.Uid, Propagation = "Foreground" }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes pods that ended into the status first, then takes their finalizer off, then counts them: no crash in between counts one twice or never.</summary>
    private async Task CountAsync(StoredObject job, CancellationToken cancellationToken)
    {
        var ended = PodsOf(job).Where(pod => Finalizers.Has(pod.View, Tracking) && JobState.Outcome(pod.View) is not null).ToList();
        if (ended.Count == 0 && !JobState.Uncounted(job.View).Any())
        {
            return;
        }

        await StatusAsync(job, status => JobState.Note(status, ended.Select(pod => (pod.Uid, JobState.Outcome(pod.View)!))), cancellationToken).ConfigureAwait(false);
        foreach (var pod in ended)
        {
            await ReleaseAsync(pod, cancellationToken).ConfigureAwait(false);
        }

        var held = PodsOf(job).Where(pod => Finalizers.Has(pod.View, Tracking)).Select(pod => pod.Uid).ToHashSet(StringComparer.Ordinal);
        await StatusAsync(job, status => JobState.Count(status, held), cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(StoredObject job, CancellationToken cancellationToken)
    {
        var pods = PodsOf(job);
        var active = pods.Where(pod => Workloads.IsActive(pod.View)).ToList();
        var terminating = pods.Count(pod => pod.View.IsDeleting() && pod.View.Text("status", "phase") is not ("Succeeded" or "Failed"));
        var suspended = job.View.Flag("spec", "suspend") == true;
        var end = JobState.Verdict(job.View, active.Select(pod => pod.View), Objects.Clock.GetUtcNow());
        var wanted = end is not null || suspended ? 0 : JobState.Wanted(job.View, active.Count);
        foreach (var pod in active.OrderBy(pod => Workloads.IsReady(pod.View)).Take(Math.Max(0, active.Count - wanted)))
        {
            await Objects.DeleteAsync(Core("pods"), pod.Namespace, pod.Name, new DeleteRequest { Uid = pod.Uid }, cancellationToken).ConfigureAwait(false);
        }

        var pause = Pause(job.View, pods);
        if (active.Count < wanted && pause > TimeSpan.Zero)
        {
            EnqueueAfter(job.Key, pause);
            wanted = active.Count;
        }

        for (var i = active.Count; i < wanted; i++)
        {
            var pod = Workloads.Pod(job.View.Map("spec", "template"), job);
            pod.Ensure("metadata")["generateName"] = $"{job.Name}-";
            pod.Ensure("metadata")["finalizers"] = JsonAccess.Strings(Tracking);
            await Objects.CreateAsync(Core("pods"), job.Namespace, pod, Options(), cancellationToken).ConfigureAwait(false);
        }

        await StatusAsync(
            job,
            status => JobState.Report(
                status,
                new JobSight(wanted, active.Count(pod => Workloads.IsReady(pod.View)), terminating + Math.Max(0, active.Count - wanted), suspended, end),
                Timestamps.Now(Objects.Clock)),
            cancellationToken).ConfigureAwait(false);
        if (end is null && !suspended && JobState.DeadlineOf(Objects.Get(Batch, job.Namespace, job.Name).View) is { } deadline)
        {
            EnqueueAfter(job.Key, deadline - Objects.Clock.GetUtcNow());
        }
    }

    /// <summary>How long to wait before another pod takes the place of one that failed.</summary>
    private TimeSpan Pause(JsonObject job, IReadOnlyList<StoredObject> pods)
    {
        var failed = job.Number("status", "failed") ?? 0;
        var last = pods.Where(pod => JobState.Outcome(pod.View) == "failed").Select(pod => JobState.EndOf(pod.View)).Max();
        if (failed == 0 || last is null)
        {
            return TimeSpan.Zero;
        }

        var pause = FirstPause * Math.Pow(2, Math.Min(failed - 1, 10));
        return last.Value + (pause < LongestPause ? pause : LongestPause) - Objects.Clock.GetUtcNow();
    }

    private List<StoredObject> PodsOf(StoredObject job) =>
        [.. Objects.List(Core("pods"), job.Namespace).Where(pod => Workloads.ControllerOf(pod.View) == job.Uid)];

    private async Task ReleaseAsync(StoredObject pod, CancellationToken cancellationToken)
    {
        if (!Finalizers.Has(pod.View, Tracking))
        {
            return;
        }

        try
        {
            await Objects.ModifyAsync(
                Core("pods"),
                pod.Namespace,
                pod.Name,
                Options(),
                current =>
                {
                    if (current.Uid() == pod.Uid)
                    {
                        Finalizers.Remove(current, Tracking);
                    }

                    return current;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException refusal) when (refusal.Code == 404)
        {
            // It is gone, which is as good.
        }
    }

    private Task<JsonObject> StatusAsync(StoredObject job, Action<JsonObject> edit, CancellationToken cancellationToken) => Objects.ModifyAsync(
        Batch,
        job.Namespace,
        job.Name,
        Options("status"),
        current =>
        {
            edit(current);
            return current;
        },
        cancellationToken);
}
