namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Why a Job is over. The words are Kubernetes'.</summary>
internal sealed record JobEnd(bool Complete, string Reason, string Message)
{
    public static readonly JobEnd Reached = new(true, "CompletionsReached", "Reached expected number of succeeded pods");

    public static readonly JobEnd PastLimit = new(false, "BackoffLimitExceeded", "Job has reached the specified backoff limit");

    public static readonly JobEnd PastDeadline = new(false, "DeadlineExceeded", "Job was active longer than specified deadline");
}
