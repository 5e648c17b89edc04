using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.Nodes;

/// <summary>
/// Runs commands as Jobs pinned to the node. The API server that the boundary has proved is the one that places them, so the node needs no
/// proof of its own. What a command prints is its pod's log.
/// </summary>
internal sealed class JobNodeRunner(EstateEnvironment environment, NodeSettings settings, KubernetesReader reader, KubernetesWriter writer, TimeProvider time) : INodeRunner
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    // What the kubelet is at work on may be an image over a slow line. Less than a scan may take, so that one node does not end the survey.
    private static readonly TimeSpan PullTime = TimeSpan.FromMinutes(8);

    // Beyond its own deadline a Job needs a moment to be ended and counted.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public NodeRunnerKind Kind => NodeRunnerKind.Job;

    private string Jobs => $"/apis/batch/v1/namespaces/{settings.Namespace}/jobs";

    private string Pods => $"/api/v1/namespaces/{settings.Namespace}/pods";

    /// <inheritdoc/>
    public async Task<NodeResult> RunAsync(NodeCommand command, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        NodeRules.Demand(command, Target.Kubernetes);
        var node = NodeRules.Find(environment, command.Node);
        var clearance = command.Clearances.First(c => c.Target == Target.Kubernetes);
        var name = JobManifest.NameOf(command);
        if (!await AdoptsAsync(name, command, clearance, cancellationToken))
        {
            await writer.CreateAsync(clearance, JobManifest.Write(name, command, node, settings), cancellationToken);
        }

        using var deadline = new CancellationTokenSource(command.Timeout + Margin, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await FollowAsync(name, command, progress, both.Token);
        }
        catch (OperationCanceledException)
        {
            await RemoveAsync(name, command, clearance, CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(command, name, $"it has not ended within {(command.Timeout + Margin).TotalMinutes:0} minutes");
        }
        catch (BlackstartException e) when (e.Code == "BS4628")
        {
            await RemoveAsync(name, command, clearance, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Whether a Job of an earlier process is at work for this very attempt. One of another attempt is removed, and gone with its pods before this returns.</summary>
    private async Task<bool> AdoptsAsync(string name, NodeCommand command, Clearance clearance, CancellationToken cancellationToken)
    {
        if (command.Attempt is null || await reader.GetAsync($"{Jobs}/{name}", cancellationToken) is not { } job)
        {
            return false;
        }

        if (job["metadata"]?["annotations"]?[JobManifest.AttemptAnnotation]?.GetValue<string>() == command.Attempt
            && job["metadata"]?["deletionTimestamp"] is null
            && Condition(job, "Failed") is null)
        {
            return true;
        }

        await RemoveAsync(name, command, clearance, cancellationToken);
        return false;
    }

    private async Task<NodeResult> FollowAsync(string name, NodeCommand command, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        var lines = new ProgressLines(progress);
        var pause = FirstPoll;
        var began = time.GetTimestamp();
        while (true)
        {
            var job = await reader.GetAsync($"{Jobs}/{name}", cancellationToken) ?? throw Failed(command, name, "somebody deleted it");
            var pod = await reader.ListAsync($"{Pods}?labelSelector=job-name%3D{name}", cancellationToken) is [.., var last] ? last : null;
            if (pod is not null && ExitCode(pod) is { } exitCode)
            {
                return await ResultAsync(command, exitCode, await LogAsync(pod, null, cancellationToken));
            }

            if (Condition(job, "Failed") is { } failed)
            {
                throw Failed(command, name, $"it failed: {failed}");
            }

            if (pod?["status"]?["phase"]?.GetValue<string>() == "Running" && progress is not null)
            {
                foreach (var line in (await LogAsync(pod, 3, cancellationToken)).Split('\n'))
                {
                    lines.Report(line);
                }
            }
            else if (time.GetElapsedTime(began) > (IsBeingMade(pod) ? PullTime : StartTime) && pod?["status"]?["phase"]?.GetValue<string>() is null or "Pending")
            {
                throw Failed(command, name, $"its pod does not start: {WaitsFor(pod)}");
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = TimeSpan.FromTicks(Math.Min(LongestPoll.Ticks, pause.Ticks * 3 / 2));
        }
    }

    private Task<NodeResult> ResultAsync(NodeCommand command, int exitCode, string log) => NodeOutput.Document(log) is { } document
        ? Task.FromResult(new NodeResult(exitCode, document))
        : throw NodeFailure.Of(command, exitCode, log, string.Join(' ', settings.Program));

    private async Task<string> LogAsync(JsonObject pod, int? tail, CancellationToken cancellationToken) =>
        await reader.GetTextAsync($"{Pods}/{pod["metadata"]!["name"]!.GetValue<string>()}/log{(tail is null ? "" : $"?tailLines={tail}")}", cancellationToken) ?? "";

    /// <summary>Deletes a Job and, if it writes, waits until its pods are gone too: only then is nothing of it at work any more.</summary>
    private async Task RemoveAsync(string name, NodeCommand command, Clearance clearance, CancellationToken cancellationToken)
    {
        await writer.TakeBackAsync(clearance, settings.Namespace, $"jobs.batch/{name}", cancellationToken);
        if (command.Attempt is null)
        {
            // One that only reads does no harm if it lives on; and on a dead node nobody is there to end its pod.
            return;
        }

        using var deadline = new CancellationTokenSource(StartTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while ((await reader.ListAsync($"{Pods}?labelSelector=job-name%3D{name}", both.Token)).Count > 0)
            {
                await Task.Delay(FirstPoll, time, both.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BlackstartException(
                "BS4627",
                Core.Errors.ExitCode.CouldNotVerify,
                $"ending the Job {settings.Namespace}/{name}",
                $"its pod on '{command.Node}' is still there after {StartTime.TotalMinutes:0} minutes, and may still write",
                $"See that the node is up or off for good (`kubectl get pods -n {settings.Namespace} -l job-name={name}`), then resume");
        }
    }

    private static string? Condition(JsonObject job, string type) =>
        (job["status"]?["conditions"]?.AsArray() ?? []).FirstOrDefault(c => c?["type"]?.GetValue<string>() == type && c["status"]?.GetValue<string>() == "True") is { } condition
            ? $"{condition["reason"]} {condition["message"]}".Trim()
            : null;

    private static int? ExitCode(JsonObject pod) =>
        (pod["status"]?["containerStatuses"]?.AsArray() ?? []).Select(c => c?["state"]?["terminated"]?["exitCode"]?.GetValue<int>()).FirstOrDefault(c => c is not null);

    private static bool IsBeingMade(JsonObject? pod) =>
        (pod?["status"]?["containerStatuses"]?.AsArray() ?? []).Any(c => c?["state"]?["waiting"]?["reason"]?.GetValue<string>() == "ContainerCreating");

    private static string WaitsFor(JsonObject? pod) =>
        pod is null ? "there is none"
        : (pod["status"]?["containerStatuses"]?.AsArray() ?? []).Select(c => c?["state"]?["waiting"]).FirstOrDefault(w => w is not null) is { } waiting ? $"{waiting["reason"]} {waiting["message"]}".Trim()
        : "the kubelet of its node does not take it";

    private BlackstartException Failed(NodeCommand command, string name, string cause) => new(
        "BS4628",
        Core.Errors.ExitCode.CouldNotVerify,
        $"running the Job {settings.Namespace}/{name} on the node '{command.Node}'",
        cause,
        $"Check that the image '{settings.Image}' can be pulled there, and `kubectl describe pods -n {settings.Namespace} -l {JobManifest.NodeLabel}={command.Node}`; then resume");
}
