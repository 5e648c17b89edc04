namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>What a round of the Job controller saw of a Job's pods.</summary>
/// <param name="Active">Pods that run or will.</param>
/// <param name="Ready">Those of them that are ready.</param>
/// <param name="Terminating">Pods being deleted whose process may still run.</param>
/// <param name="Suspended">Whether the Job is held back.</param>
/// <param name="End">How the Job ends; null while it goes on.</param>
internal sealed record JobSight(int Active, int Ready, int Terminating, bool Suspended, JobEnd? End);
