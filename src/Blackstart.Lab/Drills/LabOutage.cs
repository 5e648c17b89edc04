using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Hosting.Services;
using Blackstart.Lab.Longhorn;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Lab.Drills;

/// <summary>The outage of April as fault steps: the power goes, the nodes come back, Longhorn's definitions are wiped and made again.</summary>
internal sealed class LabOutage(LabHost host, TimeProvider time)
{
    public LabHost Host => host;

    /// <summary>Captures the volumes as they are, as the nightly job would have, and writes down how the fault is taken back.</summary>
    public Step Undo(EnvironmentSystems systems, string text, string command) => new("undo", "Capture the volumes, and write down how the fault is taken back", new Probe("undo", "the undo is in the journal", (context, _) =>
        Task.FromResult(context.Facts.Find("undo") is { } undo ? ProbeAnswer.Yes(undo["command"]!.GetValue<string>()) : ProbeAnswer.No("not written yet"))))
    {
        Action = async (context, cancellationToken) =>
        {
            await LonghornCapture.TakeAsync(systems.KubernetesReader, host.Layout.CapturedVolumes, new CaptureOptions(LonghornKinds.Namespace) { IsVerified = true }, cancellationToken);
            context.Facts.Set("undo", new JsonObject { ["text"] = text, ["command"] = command });
        },
    };

    public IReadOnlyList<Step> Steps(EstateEnvironment environment)
    {
        RequireLab(environment);
        return [CutPower(environment), ReturnPower(environment), WipeLonghorn()];
    }

    /// <summary>What the boundary proves of an environment must be what the fault lands on: this lab's own cluster and machines.</summary>
    /// <exception cref="BlackstartException"><c>BS6021</c>: the environment is another one.</exception>
    private void RequireLab(EstateEnvironment environment)
    {
        var isLab = environment.Kubernetes?.Kubeconfig == host.Layout.Kubeconfig
            && LabLayout.NodeNames.All(n => environment.FindNode(n)?.MachineIdFile == host.Layout.MachineId(n));
        if (!isLab)
        {
            throw new BlackstartException(
                "BS6021",
                ExitCode.InvalidInput,
                $"planning a drill for '{environment.Name}'",
                $"it is not the lab in {host.Layout.Root}, and only a lab has a mains switch",
                "Name the lab's environment with --environment");
        }
    }

    private Step CutPower(EstateEnvironment environment) => new("fault/cut-power", "Cut the power: kill every process of the lab while the ERP is writing", new Probe("dark", "no process of the lab is left", async (_, cancellationToken) =>
    {
        var status = await host.StatusAsync(cancellationToken);
        return status.Processes.Count == 0 ? ProbeAnswer.Yes("all processes are gone") : ProbeAnswer.No($"{status.Processes.Count} processes are left");
    }))
    {
        Effect = Effect.Destroy,
        Targets = Machines(environment),
        Timeout = TimeSpan.FromSeconds(30),
        Action = async (context, cancellationToken) =>
        {
            Demand(context, Effect.Destroy);
            await new LabPower(host.Layout, time).CutAsync(cancellationToken);
        },
    };

    private Step ReturnPower(EstateEnvironment environment) => new("fault/power-returns", "The nodes come back; Longhorn is held, as its manager could not start in April", new Probe("nodes", "the lab's nodes are up", async (_, cancellationToken) =>
    {
        var status = await host.StatusAsync(cancellationToken);
        return status.Running ? ProbeAnswer.Yes($"{status.Processes.Count} processes run") : ProbeAnswer.No("the lab is down");
    }))
    {
        Effect = Effect.Change,
        Targets = Machines(environment),
        Timeout = TimeSpan.FromMinutes(2),
        Action = async (context, cancellationToken) =>
        {
            Demand(context, Effect.Change);
            await host.UpAsync(new LabUpOptions([LonghornService.Name]), progress: null, cancellationToken);
        },
    };

    private Step WipeLonghorn() => new("fault/wipe-longhorn", "Wipe Longhorn's definitions, make them and the volumes again, start Longhorn", new Probe("wiped", "Longhorn has forgotten its replicas and serves every volume anew", async (context, cancellationToken) =>
        context.Facts.Find("longhorn-wiped") is null ? ProbeAnswer.No("not wiped yet") : await new LonghornWipe(host.Layout, time).AskServedAnewAsync(cancellationToken)))
    {
        Effect = Effect.Destroy,
        Targets = [Target.Kubernetes],
        Timeout = TimeSpan.FromMinutes(2),
        Action = async (context, cancellationToken) =>
        {
            context.Clearance.Demand(Target.Kubernetes, Effect.Destroy);
            await new LonghornWipe(host.Layout, time).RunAsync(cancellationToken);
            context.Facts.Set("longhorn-wiped", true);
            await host.StartServiceAsync(LonghornService.Name, cancellationToken);
        },
    };

    private static IReadOnlyList<Target> Machines(EstateEnvironment environment) => [.. environment.Nodes.Select(n => Target.Machine(n.Name))];

    /// <summary>The lab's power is that of its three machines: each of them must have been proven.</summary>
    private static void Demand(StepContext context, Effect effect)
    {
        foreach (var target in LabLayout.NodeNames.Select(Target.Machine))
        {
            context.Clearances.First(c => c.Target == target).Demand(target, effect);
        }
    }
}
