using System.Globalization;
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

    // How far the clocks of this machine and of a node may be apart.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);
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

            var named = NamedReplica.Of(longhorn.Options, volume.Name);
            if (named is null && state is { State: "attached", IsVerified: true } && AskAttached(state).Holds)
            {
                // Another run verified it and was ended before it could let go of it.
                facts.ChooseNothing(state);
                return;
            }

            var findings = await survey.FindingsAsync(context.Clearances, cancellationToken);
            var selection = new ReplicaSelection(LastCapture(), findings, longhorn.Work) { Named = named };
            if (named is null && state is { State: not "attached" } && await selection.IsWholeAsync(state, cancellationToken))
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
        : state.Attachment is null ? ProbeAnswer.No("Longhorn has not made its attachment object yet")
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
                if (await FindAsync(cancellationToken) is { } made)
                {
                    Facts(context).SetFree(made);
                }
            }
        },
    };

    private Step Attach() => new($"{Prefix}/attach", $"Attach {volume.Name} for maintenance, with no workload", Unless("its device is offered to nobody but this run, where the replica is", AskAttachedThere))
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

    private Step Detach() => new($"{Prefix}/detach", $"Detach {volume.Name}", new Probe("detached", "no ticket of this run holds it", async (context, cancellationToken) =>
    {
        var state = await FindAsync(cancellationToken);
        return state is null ? ProbeAnswer.No("there is no such Volume")
            : Facts(context).Note(state) is not null && !state.IsVerified ? ProbeAnswer.No("it is not noted on it yet that it was verified")
            : state.Tickets.Contains(Ticket, StringComparer.Ordinal) ? ProbeAnswer.No("its ticket is still there")
            : state.Tickets.Any() || state.State == "detached" ? ProbeAnswer.Yes(state.State)
            : ProbeAnswer.No($"it is {state.State}");
    }))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Action = async (context, cancellationToken) =>
        {
            // Reading it back may have taken longer than a clearance lasts; this step has one of its own.
            if (Facts(context).Note(await FindAsync(cancellationToken)) is { } note)
            {
                await AnnotateAsync(context, note, cancellationToken);
            }

            await PatchTicketAsync(context, null, cancellationToken);
        },
    };

    private Step Bind() => new($"{Prefix}/bind", $"Bind the claim of {volume.Name}", new Probe("bound", "its claim is bound to it", async (_, cancellationToken) =>
    {
        if (volume.Claim is not var (@namespace, name))
        {
            return ProbeAnswer.Yes("it had no claim when it was captured");
        }

        var claim = await longhorn.Systems.KubernetesReader.GetAsync($"/api/v1/namespaces/{@namespace}/persistentvolumeclaims/{name}", cancellationToken);
        var phase = claim?["status"]?["phase"]?.GetValue<string>() ?? "missing";
        var bound = claim?["spec"]?["volumeName"]?.GetValue<string>();
        return phase != "Bound" ? ProbeAnswer.No($"claim {@namespace}/{name} is {phase}")
            : bound == volume.PersistentVolume ? ProbeAnswer.Yes($"claim {@namespace}/{name} is bound")
            : ProbeAnswer.No($"claim {@namespace}/{name} is bound to {bound}, not to {volume.PersistentVolume}: somebody made it anew; look at what {bound} holds, delete the claim, and resume");
    }))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Action = (context, cancellationToken) => longhorn.Systems.KubernetesWriter.ApplyAsync(context.Clearance, volume.BindingManifests, cancellationToken),
    };

    private async Task AttachAsync(StepContext context, CancellationToken cancellationToken)
    {
        var node = Facts(context).Choice!["node"]!.GetValue<string>();

        // This ticket would beat that of a workload, whose device would be taken away under it: whoever is letting go is waited for.
        while ((await FindAsync(cancellationToken))?.Tickets.Any(t => t != Ticket) == true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), longhorn.Time, cancellationToken);
        }

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

    private Task AnnotateAsync(StepContext context, JsonObject annotations, CancellationToken cancellationToken) => longhorn.Systems.KubernetesWriter.PatchAsync(
        context.ClearanceFor(Target.Kubernetes),
        longhorn.Api.Namespace,
        $"volumes.longhorn.io/{volume.Name}",
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } },
        cancellationToken);

    private Probe AttachedThere => new("device", "the device is there, on the node that has the replica", async (context, cancellationToken) =>
        AskAttachedThere(Facts(context), await FindAsync(cancellationToken)));

    private static ProbeAnswer AskAttachedThere(VolumeFacts facts, VolumeState? state)
    {
        var answer = AskAttached(state);
        var node = facts.Choice?["node"]?.GetValue<string>();
        return answer.Holds && state!.Node != node ? ProbeAnswer.No($"it is attached on {state.Node}, but its replica is on {node}") : answer;
    }

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
        var isGiven = Acknowledgement.Covers(longhorn.Options.Of(Acknowledgement.Option), volume.Name, longhorn.Time);
        await LookBeforeAsync(context, node, state, isGiven, cancellationToken);
        if (!state.IsUnfinished)
        {
            await AnnotateAsync(context, new JsonObject { [VolumeState.UnfinishedAnnotation] = "true" }, cancellationToken);
        }

        var attempt = facts.Attempt(state) ?? facts.Begin(state, longhorn.Time.GetUtcNow());
        var overwrite = isContinued || isGiven ? Acknowledgement.Today(longhorn.Time) : null;
        var report = await longhorn.Work.ExportAsync(new DeviceExport(volume.Name, node, path, state.Endpoint!, attempt, overwrite), context, cancellationToken);
        if (NodeWork.Text(report, "sha256") is { } digest)
        {
            facts.SetInjected(state, digest, report["bytes"]!.GetValue<long>());
            return;
        }

        if (!isContinued && IsAboutTarget(NodeWork.Text(report, "code")))
        {
            // Nothing was written. If it is not fresh any more, whoever wrote to it must be asked about again.
            facts.TakeBackBegin();
            if (!state.IsUnfinished)
            {
                await AnnotateAsync(context, new JsonObject { [VolumeState.UnfinishedAnnotation] = null }, cancellationToken);
            }
        }

        throw Refused(facts, $"writing the data of {node}:{path} into volume {volume.Name}", report);
    }

    /// <summary>
    /// Refuses a device that holds something this run did not write, unless leave was given today to write over it. One that this run made, or
    /// found free before, is held to being fresh by the export itself; one that it has begun to write is refused if somebody mounted it since.
    /// </summary>
    private async Task LookBeforeAsync(StepContext context, string node, VolumeState state, bool isGiven, CancellationToken cancellationToken)
    {
        var facts = Facts(context);
        var isContinued = facts.HasBegun(state);
        if (!isContinued && facts.IsFree(state))
        {
            return;
        }

        var found = await longhorn.Work.LookAsync(node, state.Endpoint!, volume.Name, context.Clearances, cancellationToken, NodeWork.CopyTimeout);
        if (isContinued)
        {
            if (found.LastUse > facts.BegunAt(state) + ClockSkew && !isGiven)
            {
                throw Failed(
                    "BS4606",
                    $"writing into volume {volume.Name} again",
                    string.Create(CultureInfo.InvariantCulture, $"somebody has used it since this run began to write it: its file system was mounted or written {found.LastUse:u}"),
                    $"Look at what it holds. If it may be written over all the same: `blackstart recover --overwrite {volume.Name}@{Acknowledgement.Today(longhorn.Time)}`");
            }

            return;
        }

        if (!found.IsFresh && !isGiven)
        {
            throw Failed(
                "BS4606",
                $"writing into volume {volume.Name}",
                $"it already holds {found.Content}, which this run did not write{(state.IsUnfinished ? "; an earlier recovery began to write it and did not verify it" : "")}",
                $"It may be the newest data there is: look at its replicas with `blackstart longhorn scan`. If it may be written over all the same: `blackstart recover --overwrite {volume.Name}@{Acknowledgement.Today(longhorn.Time)}`");
        }

        if (isGiven)
        {
            facts.SetOverwritten(Acknowledgement.Today(longhorn.Time), found.Content);
        }
        else
        {
            facts.SetFree(state);
        }
    }

    private static bool IsAboutTarget(string? code) =>
        code is not (null or SalvageCode.WriteFailed or SalvageCode.VerificationFailed) && code.StartsWith(TargetRefusals, StringComparison.Ordinal);

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
        var read = new DeviceReading(volume.Name, state.Node, state.Endpoint!, facts.InjectedBytes(state)!.Value);
        var found = await longhorn.Work.CheckAsync(read, context, cancellationToken);
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

        // Whoever came in while it was read may have written behind the reading.
        var after = await FindAsync(cancellationToken);
        if (!AskAttachedThere(facts, after).Holds || after!.Uid != state.Uid)
        {
            throw Failed("BS4608", $"reading volume {volume.Name} back", $"it did not stay this run's alone meanwhile: {AskAttachedThere(facts, after).Reason}", "See that nothing else attaches it, then resume; it is read again");
        }

        facts.SetVerified(after, found.Sha256!, found.Content);
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
