using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Longhorn;
using Blackstart.Systems.Longhorn.Capture;
using Blackstart.Systems.Longhorn.Recovery;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Longhorn;

/// <summary>
/// Brings one volume back: choose the replica that holds the data, make the Volume again, attach it for maintenance, write the
/// merged image into its device, read it back, detach, bind. The orphaned directories are only ever read, and never renamed.
/// </summary>
internal sealed class VolumeRecovery(LonghornScope longhorn, Survey survey, CapturedVolume volume)
{
    /// <summary>Id of the attachment ticket of a recovery.</summary>
    public const string Ticket = "blackstart-recovery";

    // Refusals of `longhorn export` that are about the device it writes to, not about the replica: docs/reference/errors.md.
    private const string TargetRefusals = "BS505";
    private static readonly HashSet<string> DeviceFailures = new(StringComparer.Ordinal) { SalvageCode.WriteFailed, SalvageCode.DeviceUnreachable };

    private string Prefix => $"{longhorn.Name}/{volume.Name}";

    /// <summary>The steps, in order, each waiting for the one before.</summary>
    public IEnumerable<Step> Steps(string first)
    {
        foreach (var step in (Step[])[Choose(), Recreate(), Attach(), Inject(), Verify(), Detach(), Bind()])
        {
            yield return step with { Component = longhorn.Name, DependsOn = [first] };
            first = step.Id;
        }
    }

    private Step Choose() => new($"{Prefix}/choose", $"Find the replica that holds the data of {volume.Name}", new Probe("gate", "the replica is chosen, or the volume is whole where it is", async (context, cancellationToken) =>
    {
        var facts = Facts(context);
        return facts.IsIntact(await FindAsync(cancellationToken)) ? Whole
            : facts.Choice?["replica"] is { } replica ? ProbeAnswer.Yes($"{replica}: {facts.Choice["reason"]}")
            : ProbeAnswer.No("not chosen yet");
    }))
    {
        Effect = longhorn.LookingEffect,
        Targets = longhorn.LookingTargets,
        Timeout = NodeWork.CopyTimeout,
        ByHand = $"blackstart longhorn scan ROOT --volume {volume.Name}, on each node",
        Action = async (context, cancellationToken) =>
        {
            var facts = Facts(context);
            var state = await FindAsync(cancellationToken);
            if (state?.State == "attached" && (await longhorn.Probes.Serves(volume).AnswerAsync(context, cancellationToken)).Holds)
            {
                facts.ChooseNothing(state);
                return;
            }

            var findings = await survey.FindingsAsync(context.Clearances, cancellationToken);
            var selection = new ReplicaSelection(LastCapture(), findings, longhorn.Work);
            if (state is { State: not "attached" } && volume.Content is { } captured && await selection.CurrentContentAsync(state.Directories, cancellationToken) == captured)
            {
                facts.ChooseNothing(state);
            }
            else
            {
                facts.Choose(await selection.ChooseAsync(state?.Directories ?? [], facts.Rejected, context, cancellationToken));
            }
        },
    };

    private Step Recreate() => new($"{Prefix}/recreate", $"Make the Volume {volume.Name} again, empty", Unless("the Volume is there, with the captured size", (_, state) =>
        state is null ? ProbeAnswer.No("there is no such Volume")
        : state.Size != volume.Size ? ProbeAnswer.No($"it has {state.Size} bytes, but {volume.Size} were captured")
        : state.State is "detached" or "attached" ? ProbeAnswer.Yes($"{state.Size} bytes, {state.State}")
        : ProbeAnswer.No($"it is {state.State}")))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        ByHand = $"kubectl apply -f {longhorn.Scope.Component.Settings.Text("capture")}",
        Action = async (context, cancellationToken) =>
        {
            if (await FindAsync(cancellationToken) is null)
            {
                await longhorn.Systems.KubernetesWriter.ApplyAsync(context.Clearance, volume.VolumeManifest, cancellationToken);
            }
        },
    };

    private Step Attach() => new($"{Prefix}/attach", $"Attach {volume.Name} for maintenance, with no workload", Unless("its device is offered to nobody but this run", (_, state) => AskAttached(state)))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        UndoneBy = $"{Prefix}/detach",
        Action = AttachAsync,
    };

    private Step Inject() => new($"{Prefix}/inject", $"Write the merged image into {volume.Name}", Unless("the merged image is written", (facts, state) =>
        facts.Injected(state) is { } digest ? ProbeAnswer.Yes($"sha256 {digest}") : ProbeAnswer.No("not written yet")))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        TargetsFound = context => longhorn.Nodes.Kind != NodeRunnerKind.Job && Facts(context).Choice?["node"]?.GetValue<string>() is { } node ? [Target.Machine(node)] : [],
        Timeout = NodeWork.CopyTimeout,
        Precondition = AttachedThere,
        Action = InjectAsync,
    };

    private Step Verify() => new($"{Prefix}/verify", $"Read {volume.Name} back and check it", Unless("what the device holds is what the replica held", (facts, state) =>
        facts.Verified(state) is { } read && read == facts.Injected(state) ? ProbeAnswer.Yes($"sha256 {read}") : ProbeAnswer.No("not verified yet")))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Timeout = NodeWork.CopyTimeout,
        Precondition = AttachedThere,
        Action = VerifyAsync,
    };

    private Step Detach() => new($"{Prefix}/detach", $"Detach {volume.Name}", new Probe("detached", "no ticket of this run holds it", async (_, cancellationToken) =>
    {
        var state = await longhorn.Api.FindVolumeAsync(volume.Name, cancellationToken);
        return state is null ? ProbeAnswer.No("there is no such Volume")
            : state.Tickets.Contains(Ticket, StringComparer.Ordinal) ? ProbeAnswer.No("its ticket is still there")
            : state.Tickets.Any() || state.State == "detached" ? ProbeAnswer.Yes(state.State)
            : ProbeAnswer.No($"it is {state.State}");
    }))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Action = (context, cancellationToken) => PatchTicketAsync(context, null, cancellationToken),
    };

    private Step Bind() => new($"{Prefix}/bind", $"Bind the claim of {volume.Name}", new Probe("bound", "its claim is bound to it", async (_, cancellationToken) =>
    {
        if (volume.Claim is not var (@namespace, name))
        {
            return ProbeAnswer.Yes("it had no claim when it was captured");
        }

        var claim = await longhorn.Systems.KubernetesReader.GetAsync($"/api/v1/namespaces/{@namespace}/persistentvolumeclaims/{name}", cancellationToken);
        var phase = claim?["status"]?["phase"]?.GetValue<string>() ?? "missing";
        return phase == "Bound" ? ProbeAnswer.Yes($"claim {@namespace}/{name} is bound") : ProbeAnswer.No($"claim {@namespace}/{name} is {phase}");
    }))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Action = (context, cancellationToken) => longhorn.Systems.KubernetesWriter.ApplyAsync(context.Clearance, volume.BindingManifests, cancellationToken),
    };

    private async Task AttachAsync(StepContext context, CancellationToken cancellationToken)
    {
        var node = Facts(context).Choice!["node"]!.GetValue<string>();

        // Without "disableFrontend": "false" a ticket of this type would offer no block device to write to.
        var ticket = new JsonObject
        {
            ["id"] = Ticket,
            ["type"] = "longhorn-api",
            ["nodeID"] = node,
            ["parameters"] = new JsonObject { ["disableFrontend"] = "false", ["lastAttachedBy"] = "blackstart" },
        };
        await PatchTicketAsync(context, ticket, cancellationToken);
    }

    private Task PatchTicketAsync(StepContext context, JsonObject? ticket, CancellationToken cancellationToken) => longhorn.Systems.KubernetesWriter.PatchAsync(
        context.Clearance,
        longhorn.Api.Namespace,
        $"volumeattachments.longhorn.io/{volume.Name}",
        new JsonObject { ["spec"] = new JsonObject { ["attachmentTickets"] = new JsonObject { [Ticket] = ticket } } },
        cancellationToken);

    private Probe AttachedThere => new("device", "the device is there, on the node that has the replica", async (context, cancellationToken) =>
    {
        var state = await FindAsync(cancellationToken);
        var answer = AskAttached(state);
        var node = Facts(context).Choice?["node"]?.GetValue<string>();
        return answer.Holds && state!.Node != node ? ProbeAnswer.No($"it is attached on {state.Node}, but its replica is on {node}") : answer;
    });

    private static ProbeAnswer Whole { get; } = ProbeAnswer.Yes("the volume is whole where it is");

    private static ProbeAnswer AskAttached(VolumeState? state) =>
        state is null ? ProbeAnswer.No("there is no such Volume")
        : state.Tickets.Any(t => t != Ticket) ? ProbeAnswer.No($"it is also held by {string.Join(", ", state.Tickets.Where(t => t != Ticket))}")
        : !state.IsSatisfied(Ticket) || state.State != "attached" ? ProbeAnswer.No($"it is {state.State}")
        : state.Endpoint is { } endpoint ? ProbeAnswer.Yes($"{endpoint} on {state.Node}")
        : ProbeAnswer.No("its engine offers no device");

    private async Task InjectAsync(StepContext context, CancellationToken cancellationToken)
    {
        context.ClearanceFor(Target.Kubernetes).Demand(Target.Kubernetes, Effect.Change);
        var facts = Facts(context);
        var path = facts.Choice!["replica"]!.GetValue<string>();
        var node = facts.Choice["node"]!.GetValue<string>();
        var state = (await FindAsync(cancellationToken))!;
        var isContinued = facts.HasBegun(state);
        var isGiven = !isContinued && Acknowledgement.Covers(longhorn.Options.Of(Acknowledgement.Option), volume.Name, longhorn.Time);
        if (!isContinued)
        {
            await LookBeforeAsync(context, node, state, isGiven, cancellationToken);
        }

        var attempt = facts.Attempt(state) ?? facts.Begin(state);
        var overwrite = isContinued || isGiven ? Acknowledgement.Today(longhorn.Time) : null;
        var report = await longhorn.Work.ExportAsync(new DeviceExport(volume.Name, node, path, state.Endpoint!, attempt, overwrite), context, cancellationToken);
        if (NodeWork.Text(report, "sha256") is { } digest)
        {
            facts.SetInjected(state, digest);
            return;
        }

        throw Refused(facts, $"writing the data of {node}:{path} into volume {volume.Name}", report);
    }

    /// <summary>Refuses a device that holds something this run did not write, unless leave was given today to write over it.</summary>
    private async Task LookBeforeAsync(StepContext context, string node, VolumeState state, bool isGiven, CancellationToken cancellationToken)
    {
        var found = await longhorn.Work.LookAsync(node, state.Endpoint!, volume.Name, context.Clearances, cancellationToken);
        if (!found.IsFresh && !isGiven)
        {
            throw Failed(
                "BS4606",
                $"writing into volume {volume.Name}",
                $"it already holds {found.Content}, which this run did not write",
                $"It may be the newest data there is: look at its replicas with `blackstart longhorn scan`. If it may be written over all the same: `blackstart recover --overwrite {volume.Name}@{Acknowledgement.Today(longhorn.Time)}`");
        }

        if (isGiven)
        {
            Facts(context).SetOverwritten(Acknowledgement.Today(longhorn.Time), found.Content);
        }
    }

    private BlackstartException Refused(VolumeFacts facts, string attempted, JsonObject report)
    {
        var code = NodeWork.Text(report, "code") ?? "";
        var reason = NodeWork.Text(report, "reason")?.TrimEnd('.') ?? "it says neither a digest nor a reason";
        if (code == SalvageCode.TargetNotFresh)
        {
            return Failed("BS4606", attempted, reason, $"Look at that first; to write over it: `blackstart recover --overwrite {volume.Name}@{Acknowledgement.Today(longhorn.Time)}`");
        }

        if (DeviceFailures.Contains(code) || code.StartsWith(TargetRefusals, StringComparison.Ordinal))
        {
            return Failed("BS4607", attempted, $"{code} {reason}", NodeWork.Text(report, "remedy") ?? "Make room or mend the disk, then resume: the replica it is read from is unchanged");
        }

        facts.RejectChoice();
        return Failed("BS4604", attempted, $"{code} {reason}", "Resume the run: it chooses among the other replicas");
    }

    private async Task VerifyAsync(StepContext context, CancellationToken cancellationToken)
    {
        var facts = Facts(context);
        var state = (await FindAsync(cancellationToken))!;
        var found = await longhorn.Work.CheckAsync(state.Node, state.Endpoint!, volume.Name, context.Clearances, context.Progress, cancellationToken);
        if (found.Sha256 != facts.Injected(state))
        {
            var written = facts.Injected(state);
            facts.VoidInjected();
            throw Failed("BS4608", $"reading volume {volume.Name} back", $"it holds sha256 {found.Sha256}, but {written} was written", "Something else wrote to it, or a disk is failing: check `kubectl get volumeattachments.longhorn.io`, then resume; it is written again");
        }

        if (found.FileSystem is not DeviceCheckReport.Clean and { } fault && found.Content.StartsWith("ext", StringComparison.Ordinal))
        {
            // A replica that does not stand this is not tried again; what could not be checked, for want of room, tells nothing of it.
            var isDamaged = fault.StartsWith("damaged", StringComparison.Ordinal);
            if (isDamaged)
            {
                facts.RejectChoice();
            }

            throw Failed(
                "BS4605",
                $"checking the file system of volume {volume.Name} on {state.Node}",
                fault,
                isDamaged ? "Keep the orphaned replica as it is, and resume: another one is tried" : "Mend that on the node, then resume");
        }

        if (volume.Content is not null && found.Content != volume.Content)
        {
            facts.RejectChoice();
            throw Failed("BS4609", $"checking what volume {volume.Name} holds", $"it holds {found.Content}, but {volume.Content} was captured", "The replica is of another time or another volume; resume the run: it chooses among the others");
        }

        await longhorn.Systems.KubernetesWriter.AnnotateAsync(
            context.ClearanceFor(Target.Kubernetes),
            longhorn.Api.Namespace,
            $"volumes.longhorn.io/{volume.Name}",
            VolumeState.VerifiedAnnotation,
            string.Join(' ', state.Directories.Select(d => d.Directory).Order(StringComparer.Ordinal)),
            cancellationToken);
        facts.SetVerified(state, found.Sha256!);
    }

    private Task<VolumeState?> FindAsync(CancellationToken cancellationToken) => longhorn.Api.FindVolumeAsync(volume.Name, cancellationToken);

    /// <summary>What the capture says now: it may be newer than this plan.</summary>
    private CapturedVolume LastCapture() => longhorn.Capture().Volumes.FirstOrDefault(v => v.Name == volume.Name) ?? volume;

    private VolumeFacts Facts(StepContext context) => new(context.Facts, volume.Name);

    /// <summary>A gate that also holds when there is nothing to bring back.</summary>
    private Probe Unless(string question, Func<VolumeFacts, VolumeState?, ProbeAnswer> ask) => new("gate", question, async (context, cancellationToken) =>
    {
        var facts = Facts(context);
        var state = await FindAsync(cancellationToken);
        return facts.IsIntact(state) ? Whole : ask(facts, state);
    });

    private static BlackstartException Failed(string code, string attempted, string cause, string remedy) =>
        new(code, ExitCode.Negative, attempted, cause, remedy);
}
