using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Kubernetes;

/// <summary>Changes a cluster with <c>kubectl</c>; kubeconfig and context are always spelled out and the current context is never used.</summary>
public sealed partial class KubernetesWriter(KubernetesEndpoint endpoint, ICommandLine commandLine)
{
    /// <summary>Creates what is missing and changes what differs (<c>kubectl apply -f -</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS2005</c>, <c>BS2006</c>.</exception>
    public Task ApplyAsync(Clearance clearance, string manifests, CancellationToken cancellationToken) =>
        RunAsync(clearance, Effect.Change, Kubectl("apply", "-f", "-") with { StandardInput = manifests }, cancellationToken);

    /// <summary>Creates objects that must not be there yet (<c>kubectl create -f -</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS2005</c>, <c>BS2006</c>.</exception>
    public Task CreateAsync(Clearance clearance, string manifests, CancellationToken cancellationToken) =>
        RunAsync(clearance, Effect.Change, Kubectl("create", "-f", "-") with { StandardInput = manifests }, cancellationToken);

    /// <summary>Deletes an object that was created under this clearance, and what belongs to it first; one that is not there is no error (<c>kubectl delete --cascade=foreground</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS2005</c>.</exception>
    public Task TakeBackAsync(Clearance clearance, string @namespace, string resource, CancellationToken cancellationToken)
    {
        clearance.DemandTakingBack(Target.Kubernetes);
        var command = Kubectl("delete", resource, "-n", @namespace, "--cascade=foreground", "--ignore-not-found", "--wait=false");
        RefuseOrphans(command);
        return commandLine.RunAsync(command, cancellationToken);
    }

    /// <summary>Sets a workload's replicas (<c>kubectl scale</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS2005</c>, <c>BS2006</c>.</exception>
    public Task ScaleAsync(Clearance clearance, WorkloadName workload, int replicas, CancellationToken cancellationToken) =>
        RunAsync(clearance, Effect.Change, Kubectl("scale", workload.Resource, "-n", workload.Namespace, $"--replicas={replicas}"), cancellationToken);

    /// <summary>Merges fields into an object (<c>kubectl patch --type=merge</c>, RFC 7386).</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS2005</c>, <c>BS2006</c>.</exception>
    public Task PatchAsync(Clearance clearance, string @namespace, string resource, JsonObject patch, CancellationToken cancellationToken) =>
        RunAsync(clearance, Effect.Change, Kubectl("patch", resource, "-n", @namespace, "--type=merge", "-p", patch.ToJsonString()), cancellationToken);

    /// <summary>Sets an annotation (<c>kubectl annotate --overwrite</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>, <c>BS2005</c>, <c>BS2006</c>.</exception>
    public Task AnnotateAsync(Clearance clearance, string @namespace, string resource, string name, string value, CancellationToken cancellationToken) =>
        RunAsync(clearance, Effect.Change, Kubectl("annotate", resource, "-n", @namespace, "--overwrite", $"{name}={value}"), cancellationToken);

    private Task<CommandResult> RunAsync(Clearance clearance, Effect effect, Command command, CancellationToken cancellationToken)
    {
        clearance.Demand(Target.Kubernetes, effect);
        RefuseOrphans(command);
        return commandLine.RunAsync(command, cancellationToken);
    }

    /// <summary>Deleting an Orphan of Longhorn deletes the data that it stands for: whatever the plan, no write goes there.</summary>
    private static void RefuseOrphans(Command command)
    {
        if (command.Arguments.Any(a => a.StartsWith("orphan", StringComparison.OrdinalIgnoreCase)) || OrphanManifest().IsMatch(command.StandardInput ?? ""))
        {
            throw new BlackstartException(
                "BS4629",
                ExitCode.Refused,
                $"running {command}",
                "it would write to an Orphan object of Longhorn, and the data that it stands for may go with it",
                "This is a fault of the plan: report it with `blackstart run show`");
        }
    }

    [GeneratedRegex("""^\s*-?\s*"?kind"?\s*:\s*["']?Orphan(List)?["']?\s*,?\s*$""", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OrphanManifest();

    private Command Kubectl(params string[] arguments) =>
        new("kubectl", [$"--kubeconfig={endpoint.Kubeconfig}", $"--context={endpoint.Context}", .. arguments]);
}
