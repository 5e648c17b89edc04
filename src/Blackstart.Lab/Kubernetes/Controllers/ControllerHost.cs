using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Security;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Runs the controllers.</summary>
internal sealed class ControllerHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    public static ControllerHost Start(ObjectService objects, ServiceAccountTokens tokens, string authorityPem)
    {
        var host = new ControllerHost();
        Controller[] controllers =
        [
            new NamespaceController(objects),
            new NamespaceDefaultsController(objects, authorityPem),
            new TokenSecretController(objects, tokens, authorityPem),
            new DefinitionController(objects),
            new GarbageCollector(objects),
            new VolumeBinder(objects),
            new DeploymentController(objects),
            new ReplicaSetController(objects),
            new StatefulSetController(objects),
            new JobController(objects),
            new Scheduler(objects),
        ];
        host._running.AddRange(controllers.Select(controller => Task.Run(() => controller.RunAsync(host._stop.Token))));
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
