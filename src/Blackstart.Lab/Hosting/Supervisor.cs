using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Blackstart.Core.Errors;
using Blackstart.Lab.Hosting.Services;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Hosting;

/// <summary>The lab's only process without a parent: starts the others, keeps them running, and is asked over a unix socket.</summary>
internal sealed class Supervisor : IDisposable
{
    public const string Name = "supervisor";

    private readonly LabLayout _layout;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly ProcessLauncher _launcher;
    private readonly Dictionary<string, SupervisedService> _services;
    private readonly CancellationTokenSource _shutdown = new();

    private Supervisor(LabLayout layout, LabState state, TimeProvider time)
    {
        _layout = layout;
        _launcher = new ProcessLauncher(layout);
        var commandLine = new CommandLine(time);
        ServiceDefinition[] definitions =
        [
            EtcdService.Define(layout, state, _http),
            KubernetesService.Define(layout, LabProgram.Current),
            LonghornService.Define(layout, LabProgram.Current),
            PostgresService.Define(layout, state, commandLine),
            GitService.Define(layout, state, commandLine),
        ];
        _services = definitions.ToDictionary(
            definition => definition.Name,
            definition => new SupervisedService(definition, layout, _launcher, time),
            StringComparer.Ordinal);
    }

    /// <summary>What a node starts when its power is back, each after the one before it. PostgreSQL and git have no automatic start.</summary>
    public static IReadOnlyList<string> NodeServices { get; } = [EtcdService.Name, KubernetesService.Name, LonghornService.Name];

    /// <summary>Arguments: <c>--state DIR</c>, <c>--start NAME,NAME,…</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var options = new ProcessArguments(arguments);
        var layout = LabLayout.At(options.Required("state"));
        var state = await LabState.ReadAsync(layout, cancellationToken);
        using var supervisor = new Supervisor(layout, state, TimeProvider.System);
        await supervisor.SuperviseAsync(options.List("start"), cancellationToken);
        return 0;
    }

    public void Dispose()
    {
        foreach (var service in _services.Values)
        {
            service.Dispose();
        }

        _shutdown.Dispose();
        _launcher.Dispose();
        _http.Dispose();
    }

    private async Task SuperviseAsync(IReadOnlyList<string> start, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _shutdown.Token);

        // A socket file outlives the process that was killed; the lock of 'lab up' keeps two supervisors apart.
        File.Delete(_layout.SupervisorSocket);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_layout.SupervisorSocket));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_layout.SupervisorSocket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        foreach (var name in start)
        {
            _services.GetValueOrDefault(name)?.Announce();
        }

        listener.Listen();
        var starting = StartAllAsync(start, ending.Token);
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(ending.Token);
                _ = Task.Run(() => ServeAsync(connection, ending.Token), CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to end.
        }

        await starting;
        await StopAllAsync();
        File.Delete(_layout.SupervisorSocket);
        new ProcessTable(_layout).Remove(Name);
    }

    /// <summary>The cluster's own services one after the other, the foundations beside them.</summary>
    private async Task StartAllAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        async Task Quietly(IEnumerable<string> inOrder)
        {
            foreach (var name in inOrder)
            {
                try
                {
                    await _services[name].StartAsync(cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (BlackstartException e)
                {
                    // It goes on trying; whoever waits for the lab is told by its status.
                    await Console.Error.WriteLineAsync(e.Message);
                }
            }
        }

        var known = names.Where(_services.ContainsKey).ToList();
        await Task.WhenAll(
            known.Where(name => !NodeServices.Contains(name, StringComparer.Ordinal)).Select(name => Quietly([name]))
                .Append(Quietly(NodeServices.Where(name => known.Contains(name, StringComparer.Ordinal)))));
    }

    private async Task StopAllAsync()
    {
        // Pods first (with the kubelets), while their volumes and databases are still there.
        await _services[KubernetesService.Name].StopAsync(CancellationToken.None);
        await Task.WhenAll(_services.Values.Where(service => service.Name != EtcdService.Name).Select(service => service.StopAsync(CancellationToken.None)));
        await _services[EtcdService.Name].StopAsync(CancellationToken.None);
    }

    private async Task ServeAsync(Socket connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var line = await reader.ReadLineAsync(cancellationToken);
            var request = line is null ? null : JsonSerializer.Deserialize<SupervisorRequest>(line, LabJson.Line);
            var error = request is null ? "the request is empty" : await DoAsync(request, cancellationToken);
            var answer = new SupervisorAnswer(error is null, error, _services.ToDictionary(pair => pair.Key, pair => Describe(pair.Value), StringComparer.Ordinal));
            await stream.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(answer, LabJson.Line) + "\n"), CancellationToken.None);
            if (request?.Command == "shutdown")
            {
                await _shutdown.CancelAsync();
            }
        }
        catch (Exception e) when (e is IOException or JsonException or OperationCanceledException)
        {
            // The asker went away, or spoke something else.
        }
    }

    private static string Describe(SupervisedService service)
    {
        var state = service.State.ToString().ToLowerInvariant();
        return service.Trouble is { } trouble && service.State != ServiceState.Ready ? $"{state}: {trouble}" : state;
    }

    /// <summary>Null when done, else why not.</summary>
    private async Task<string?> DoAsync(SupervisorRequest request, CancellationToken cancellationToken)
    {
        if (request.Command is "status" or "shutdown")
        {
            return null;
        }

        if (request.Name is null || !_services.TryGetValue(request.Name, out var service))
        {
            return $"there is no service '{request.Name}' (known: {string.Join(", ", _services.Keys)})";
        }

        try
        {
            switch (request.Command)
            {
                case "start":
                    await service.StartAsync(cancellationToken);
                    return null;
                case "stop":
                    await service.StopAsync(cancellationToken);
                    return null;
                default:
                    return $"the request '{request.Command}' is not known";
            }
        }
        catch (BlackstartException e)
        {
            return $"{e.Cause}. {e.Remedy}";
        }
    }
}
