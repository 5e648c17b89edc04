using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Objects;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Reads and writes a Job's status.</summary>
internal static class JobState
{
    private const string Uncertain = "uncountedTerminatedPods";

    public static bool IsFinished(JsonObject job) => Conditions.Holds(job, "Complete") || Conditions.Holds(job, "Failed");

    public static DateTimeOffset FinishedAt(JsonObject job) =>
        Timestamps.Parse((Conditions.Find(job, "Complete") ?? Conditions.Find(job, "Failed")).Text("lastTransitionTime")) ?? DateTimeOffset.MinValue;

    /// <summary>succeeded, failed, or null for a pod whose end is open. One that is deleted before its end failed.</summary>
    public static string? Outcome(JsonObject pod) => pod.Text("status", "phase") switch
    {
        "Succeeded" => "succeeded",
        "Failed" => "failed",
        _ => pod.IsDeleting() ? "failed" : null,
    };

    /// <summary>When a pod ended, as far as its status tells.</summary>
    public static DateTimeOffset? EndOf(JsonObject pod) =>
        pod.List("status", "containerStatuses").Maps().Select(container => Timestamps.Parse(container.Text("state", "terminated", "finishedAt"))).Max()
        ?? Timestamps.Parse(pod.Text("metadata", "deletionTimestamp"));

    /// <summary>Pods whose end is written down but not counted yet.</summary>
    public static IEnumerable<string> Uncounted(JsonObject job) =>
        job.List("status", Uncertain, "succeeded").Texts().Concat(job.List("status", Uncertain, "failed").Texts());

    public static void Note(JsonObject job, IEnumerable<(string Uid, string Outcome)> ended)
    {
        var known = Uncounted(job).ToHashSet(StringComparer.Ordinal);
        foreach (var (uid, outcome) in ended.Where(pod => !known.Contains(pod.Uid)))
        {
            var lists = job.Ensure("status").Ensure(Uncertain);
            if (lists[outcome] is not JsonArray list)
            {
                lists[outcome] = list = [];
            }

            list.Add((JsonNode)uid);
        }
    }

    /// <summary>Counts what is written down, but for pods that still bear the finalizer.</summary>
    public static void Count(JsonObject job, HashSet<string> held)
    {
        var status = job.Ensure("status");
        foreach (var outcome in (string[])["succeeded", "failed"])
        {
            var noted = status.List(Uncertain, outcome).Texts().ToList();
            var left = noted.Where(held.Contains).ToArray();
            if (noted.Count > left.Length)
            {
                status[outcome] = (status.Number(outcome) ?? 0) + noted.Count - left.Length;
            }

            status.Ensure(Uncertain).Assign(outcome, left.Length == 0 ? null : JsonAccess.Strings(left));
        }
    }

    /// <summary>Whether the Job is over now, and why. A verdict once written stands.</summary>
    public static JobEnd? Verdict(JsonObject job, IEnumerable<JsonObject> active, DateTimeOffset now)
    {
        if (Conditions.Find(job, "FailureTarget") is { } target)
        {
            return target.Text("reason") == JobEnd.PastDeadline.Reason ? JobEnd.PastDeadline : JobEnd.PastLimit;
        }

        var succeeded = job.Number("status", "succeeded") ?? 0;
        var running = active.ToList();
        if (Conditions.Holds(job, "SuccessCriteriaMet")
            || (job.Number("spec", "completions") is { } completions ? succeeded >= completions : succeeded > 0 && running.Count == 0))
        {
            return JobEnd.Reached;
        }

        // With restartPolicy OnFailure the container starts again in its pod, and its restarts count.
        var limit = job.Number("spec", "backoffLimit") ?? 6;
        var restarts = running.Sum(pod => pod.List("status", "containerStatuses").Maps().Sum(container => container.Number("restartCount") ?? 0));
        var again = job.Text("spec", "template", "spec", "restartPolicy") == "OnFailure" && (limit == 0 ? restarts > 0 : restarts >= limit);
        if ((job.Number("status", "failed") ?? 0) > limit || again)
        {
            return JobEnd.PastLimit;
        }

        return DeadlineOf(job) is { } deadline && now >= deadline ? JobEnd.PastDeadline : null;
    }

    /// <summary>When its time is up; null when it has no limit or has not begun.</summary>
    public static DateTimeOffset? DeadlineOf(JsonObject job) =>
        job.Flag("spec", "suspend") != true && job.Number("spec", "activeDeadlineSeconds") is { } seconds && Timestamps.Parse(job.Text("status", "startTime")) is { } start
            ? start.AddSeconds(seconds)
            : null;

    /// <summary>How many pods should run.</summary>
    public static int Wanted(JsonObject job, int active)
    {
        var parallelism = (int)(job.Number("spec", "parallelism") ?? 1);
        var succeeded = (int)(job.Number("status", "succeeded") ?? 0);
        return job.Number("spec", "completions") is { } completions
            ? Math.Min(parallelism, (int)completions - succeeded)
            : succeeded > 0 ? Math.Min(active, parallelism) : parallelism;
    }

    public static void Report(JsonObject job, JobSight sight, string now)
    {
        var status = job.Ensure("status");
        status.Assign("active", sight.Active == 0 ? null : sight.Active);
        status["ready"] = sight.Ready;
        status["terminating"] = sight.Terminating;
        status.Ensure(Uncertain);
        if (sight.Suspended)
        {
            Conditions.Set(status, "Suspended", "True", "JobSuspended", "Job suspended", now);
            status.Remove("startTime");
        }
        else
        {
            status.Default("startTime", now);
            if (Conditions.Find(job, "Suspended") is not null)
            {
                Conditions.Set(status, "Suspended", "False", "JobResumed", "Job resumed", now);
            }
        }

        if (sight.End is { } end)
        {
            Conditions.Set(status, end.Complete ? "SuccessCriteriaMet" : "FailureTarget", "True", end.Reason, end.Message, now);

            // It is over when nothing of it runs any more.
            if (sight.Active == 0 && sight.Terminating == 0 && !Uncounted(job).Any())
            {
                Conditions.Set(status, end.Complete ? "Complete" : "Failed", "True", end.Reason, end.Message, now);
                if (end.Complete)
                {
                    status.Default("completionTime", now);
                }
            }
        }
    }
}
