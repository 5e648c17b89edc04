using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Devices;
using Blackstart.Longhorn.Export;
using Blackstart.Longhorn.Replicas;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Longhorn;

/// <summary>
/// Brings one volume back: choose the replica that holds the data, make the Volume again, attach it for maintenance, write the
/// merged image into its device, read it back, detach, bind. The orphaned directories are only ever read, and never renamed.
/// </summary>
internal sealed class VolumeRecovery(ComponentScope scope, CapturedVolume volume, LonghornApi api, EnvironmentSystems systems, ICommandLine commandLine)
{
    /// <summary>Id of the attachment ticket of a recovery.</summary>
    public const string Ticket = "blackstart-recovery";

    private static readonly TimeSpan CopyTimeout = TimeSpan.FromHours(12);

    private string Prefix => $"{scope.Component.Name}/{volume.Name}";

    /// <summary>The steps, in order, each waiting for the one before.</summary>
    public IEnumerable<Step> Steps(string first)
    {
        foreach (var step in (Step[])[Choose(), Recreate(), Attach(), Inject(), Verify(), Detach(), Bind()])
        {
            yield return step with { Component = scope.Component.Name, DependsOn = [first] };
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
        ByHand = $"blackstart longhorn export DIR --to FILE, for each DIR named {volume.Name}-*",
        Action = async (context, cancellationToken) =>
        {
            var facts = Facts(context);
            var search = new ReplicaSearch(scope.Environment);
            var state = await FindAsync(cancellationToken);
            if (state is not null && await IsIntactAsync(search, state, context, cancellationToken))
            {
                facts.ChooseNothing(state);
            }
            else
            {
                facts.Choose(search.Choose(LastCapture(), state?.Directories ?? [], facts.Rejected, cancellationToken));
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
        ByHand = $"kubectl apply -f {scope.Component.Settings.Text("capture")}",
        Action = async (context, cancellationToken) =>
        {
            if (await FindAsync(cancellationToken) is null)
            {
                await systems.KubernetesWriter.ApplyAsync(context.Clearance, volume.VolumeManifest, cancellationToken);
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
        Timeout = CopyTimeout,
        Precondition = Attached,
        Action = InjectAsync,
    };

    private Step Verify() => new($"{Prefix}/verify", $"Read {volume.Name} back and check it", Unless("what the device holds is what the replica held", (facts, state) =>
        facts.Verified(state) is { } read && read == facts.Injected(state) ? ProbeAnswer.Yes($"sha256 {read}") : ProbeAnswer.No("not verified yet")))
    {
        Timeout = CopyTimeout,
        Precondition = Attached,
        Action = VerifyAsync,
    };

    private Step Detach() => new($"{Prefix}/detach", $"Detach {volume.Name}", new Probe("detached", "no ticket of this run holds it", async (_, cancellationToken) =>
    {
        var state = await api.FindVolumeAsync(volume.Name, cancellationToken);
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

        var claim = await systems.KubernetesReader.GetAsync($"/api/v1/namespaces/{@namespace}/persistentvolumeclaims/{name}", cancellationToken);
        var phase = claim?["status"]?["phase"]?.GetValue<string>() ?? "missing";
        return phase == "Bound" ? ProbeAnswer.Yes($"claim {@namespace}/{name} is bound") : ProbeAnswer.No($"claim {@namespace}/{name} is {phase}");
    }))
    {
        Effect = Effect.Change,
        Targets = [Target.Kubernetes],
        Action = (context, cancellationToken) => systems.KubernetesWriter.ApplyAsync(context.Clearance, volume.BindingManifests, cancellationToken),
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

    private Task PatchTicketAsync(StepContext context, JsonObject? ticket, CancellationToken cancellationToken) => systems.KubernetesWriter.PatchAsync(
        context.Clearance,
        api.Namespace,
        $"volumeattachments.longhorn.io/{volume.Name}",
        new JsonObject { ["spec"] = new JsonObject { ["attachmentTickets"] = new JsonObject { [Ticket] = ticket } } },
        cancellationToken);

    private Probe Attached => new("device", "the device is there", async (_, cancellationToken) => AskAttached(await FindAsync(cancellationToken)));

    private static ProbeAnswer Whole { get; } = ProbeAnswer.Yes("the volume is whole where it is");

    private static ProbeAnswer AskAttached(VolumeState? state) =>
        state is null ? ProbeAnswer.No("there is no such Volume")
        : state.Tickets.Any(t => t != Ticket) ? ProbeAnswer.No($"it is also held by {string.Join(", ", state.Tickets.Where(t => t != Ticket))}")
        : !state.IsSatisfied(Ticket) || state.State != "attached" ? ProbeAnswer.No($"it is {state.State}")
        : state.Endpoint is { } endpoint ? ProbeAnswer.Yes($"{endpoint} on {state.Node}")
        : ProbeAnswer.No("its engine offers no device");

    private async Task InjectAsync(StepContext context, CancellationToken cancellationToken)
    {
        context.Clearance.Demand(Target.Kubernetes, Effect.Change);
        var facts = Facts(context);
        var path = facts.Choice!["replica"]!.GetValue<string>();
        using var directory = ReplicaDirectory.Open(path, null, cancellationToken);
        if (!directory.IsRecoverable)
        {
            facts.RejectChoice();
            throw Failed("BS4604", $"writing the data of {path} into volume {volume.Name}", directory.Judgement.Refusal!.Reason, "Resume the run: it chooses among the other replicas");
        }

        var state = (await FindAsync(cancellationToken))!;
        await using var device = await DeviceEndpoint.OpenAsync(state.Endpoint!, cancellationToken);
        var content = await DeviceContent.ReadAsync(device, cancellationToken);
        var isContinued = facts.HasBegun(state);
        if (!isContinued && !DeviceContent.IsFresh(content))
        {
            throw Failed(
                "BS4606",
                $"writing into volume {volume.Name}",
                $"it already holds {DeviceContent.WordOf(content)}, which this run did not write",
                "It may be the newest data there is: look at its replicas with `blackstart longhorn export` before anything is deleted");
        }

        facts.Begin(state);
        try
        {
            await using var target = new BlockDeviceTarget(device, isFresh: content.Kind == ContentKind.Blank && !isContinued);
            var copied = await VolumeCopy.RunAsync(directory.Volume, target, new CopyOptions { Progress = new CopyReport(context.Progress) }, cancellationToken);
            facts.SetInjected(state, copied.Sha256!.Value.ToString());
        }
        catch (Exception e) when (e is IOException or SalvageException)
        {
            throw Failed("BS4607", $"writing the data of {path} into volume {volume.Name}", e.Message.TrimEnd('.'), "Make room or mend the disk, then resume: the replica it is read from is unchanged", e);
        }
    }

    private async Task VerifyAsync(StepContext context, CancellationToken cancellationToken)
    {
        var facts = Facts(context);
        var state = (await FindAsync(cancellationToken))!;
        var isChecked = volume.Content?.StartsWith("ext", StringComparison.Ordinal) == true;
        var path = isChecked ? ScratchFile.For($"{scope.Environment.Name}-{volume.Name}.raw") : null;
        try
        {
            await using var device = await DeviceEndpoint.OpenAsync(state.Endpoint!, cancellationToken);
            using var copy = path is null ? null : SparseCopy.Create(path, device.Size);
            var read = (await DeviceReadBack.RunAsync(device, device.Size, hash: true, copy, new CopyReport(context.Progress), cancellationToken))!.Value.ToString();
            if (read != facts.Injected(state))
            {
                var written = facts.Injected(state);
                facts.VoidInjected();
                throw Failed("BS4608", $"reading volume {volume.Name} back", $"it holds sha256 {read}, but {written} was written", "Something else wrote to it, or a disk is failing: check `kubectl get volumeattachments.longhorn.io`, then resume; it is written again");
            }

            if (copy is { IsComplete: false })
            {
                throw Failed("BS4607", $"checking the file system of volume {volume.Name}", $"{path} has no room for a copy of it", "Make room in the cache folder, then resume");
            }

            await CheckAsync(device, path, facts, cancellationToken);
            facts.SetVerified(state, read);
        }
        catch (Exception e) when (e is IOException or SalvageException)
        {
            throw Failed("BS4607", $"reading volume {volume.Name} back", e.Message.TrimEnd('.'), "Make room in the cache folder or mend the disk, then resume", e);
        }
        finally
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Holds what was brought back against e2fsck and against the capture; a replica that does not stand that is not tried again.</summary>
    private async Task CheckAsync(IBlockDevice device, string? copy, VolumeFacts facts, CancellationToken cancellationToken)
    {
        try
        {
            if (copy is not null)
            {
                await new FileSystemCheck(commandLine).CheckAsync(copy, volume.Name, cancellationToken);
            }

            var content = DeviceContent.WordOf(await DeviceContent.ReadAsync(device, cancellationToken));
            if (volume.Content is not null && content != volume.Content)
            {
                throw Failed("BS4609", $"checking what volume {volume.Name} holds", $"it holds {content}, but {volume.Content} was captured", "The replica is of another time or another volume; resume the run: it chooses among the others");
            }
        }
        catch (BlackstartException e) when (e.ExitCode == ExitCode.Negative)
        {
            facts.RejectChoice();
            throw;
        }
    }

    /// <summary>Whether the volume serves its data, or its current replicas hold what was captured.</summary>
    private async Task<bool> IsIntactAsync(ReplicaSearch search, VolumeState state, StepContext context, CancellationToken cancellationToken)
    {
        if (state.State == "attached")
        {
            return (await VolumeProbes.Serves(api, volume).AnswerAsync(context, cancellationToken)).Holds;
        }

        return search.ContentOf(state.Directories, cancellationToken) is { } content
            && DeviceContent.WordOf(content) == (volume.Content ?? DeviceContent.Raw)
            && !DeviceContent.IsFresh(content);
    }

    private Task<VolumeState?> FindAsync(CancellationToken cancellationToken) => api.FindVolumeAsync(volume.Name, cancellationToken);

    /// <summary>What the capture says now: it may be newer than this plan.</summary>
    private CapturedVolume LastCapture() =>
        LonghornCapture.Load(scope.Component.Settings.Text("capture")).FirstOrDefault(v => v.Name == volume.Name) ?? volume;

    private async Task<IBlockDevice> OpenDeviceAsync(CancellationToken cancellationToken)
    {
        var state = await api.FindVolumeAsync(volume.Name, cancellationToken);
        return await DeviceEndpoint.OpenAsync(state?.Endpoint ?? "(none)", cancellationToken);
    }

    private VolumeFacts Facts(StepContext context) => new(context.Facts, volume.Name);

    /// <summary>A gate that also holds when there is nothing to bring back.</summary>
    private Probe Unless(string question, Func<VolumeFacts, VolumeState?, ProbeAnswer> ask) => new("gate", question, async (context, cancellationToken) =>
    {
        var facts = Facts(context);
        var state = await FindAsync(cancellationToken);
        return facts.IsIntact(state) ? Whole : ask(facts, state);
    });

    private static BlackstartException Failed(string code, string attempted, string cause, string remedy, Exception? inner = null) =>
        new(code, ExitCode.Negative, attempted, cause, remedy, inner);

    private sealed class CopyReport(IProgress<StepProgress> inner) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => inner.Report(new StepProgress(value.Bytes, value.Total));
    }
}
