using System.Net;
using System.Net.Sockets;
using Blackstart.Core.Errors;
using Blackstart.Lab.Kubernetes.Controllers;
using Blackstart.Lab.Kubernetes.Http;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Rules;
using Blackstart.Lab.Kubernetes.Security;
using Blackstart.Lab.Kubernetes.Storage;
using Blackstart.Lab.Kubernetes.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Blackstart.Lab.Kubernetes;

/// <summary>
/// The lab's Kubernetes API server with its controllers, over a real etcd. All state is in etcd, so a server that was killed comes back
/// with everything, the UID of kube-system (the cluster's identity) included. What it does and leaves out stands in docs/reference/lab-kubernetes.md.
/// </summary>
public sealed class KubernetesServer : IAsyncDisposable
{
    private static readonly TimeSpan EtcdRetry = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop;
    private readonly EtcdClient _etcd;
    private readonly ObjectStore _store;
    private readonly ServerKeys _keys;
    private readonly WebApplication _web;
    private readonly ControllerHost _controllers;

    private KubernetesServer(CancellationTokenSource stop, EtcdClient etcd, ObjectStore store, ServerKeys keys, WebApplication web, ControllerHost controllers, Uri address)
    {
        (_stop, _etcd, _store, _keys, _web, _controllers) = (stop, etcd, store, keys, web, controllers);
        Address = address;
    }

    /// <summary>The address of the API, <c>https://127.0.0.1:PORT</c>.</summary>
    public Uri Address { get; }

    /// <summary>Starts a server. When it returns, the API answers and the kubeconfig is written.</summary>
    /// <param name="options">Where everything is.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Gives up the start; the running server ends with <see cref="DisposeAsync"/>.</param>
    /// <exception cref="BlackstartException">BS6101: etcd does not answer. BS6102: the port is taken.</exception>
    public static async Task<KubernetesServer> StartAsync(KubernetesServerOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        var stop = new CancellationTokenSource();
        var etcd = new EtcdClient(options.EtcdUrl, clock);
        var store = new ObjectStore(etcd, clock);
        var kinds = new KindRegistry();
        store.Observe(kinds.Observe);
        var keys = ServerKeys.Load(options.Folder, clock);
        try
        {
            await WaitForEtcdAsync(store, options, clock, cancellationToken).ConfigureAwait(false);
            var objects = new ObjectService(store, kinds, new RuleBook(options.Webhooks), clock);
            await Bootstrap.RunAsync(objects, cancellationToken).ConfigureAwait(false);
            store.BeginHistory();

            var tokens = new ServiceAccountTokens(keys.TokenKey, clock);
            var authenticator = new Authenticator(keys.AdministratorToken, tokens, objects);
            var columns = new TableColumns(clock);
            var handler = new ApiHandler(
                objects,
                authenticator,
                new ReviewHandler(authenticator, tokens, objects),
                new ListHandler(objects, columns),
                new WatchHandler(objects, columns, clock, stop.Token),
                new PatchHandler(objects),
                options.PodLogFolder is { } folder ? new LogHandler(objects, folder, clock) : null,
                columns);
            var web = Build(options.ListenPort, keys, handler);
            try
            {
                await web.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException problem)
            {
                await web.DisposeAsync().ConfigureAwait(false);
                throw new BlackstartException(
                    "BS6102",
                    ExitCode.CouldNotVerify,
                    $"Listening on 127.0.0.1:{options.ListenPort} for the lab's Kubernetes API",
                    problem.Message,
                    "End the program that has the port, or let the lab choose another with `blackstart lab reset`",
                    problem);
            }

            var address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            Kubeconfig.Write(options.KubeconfigPath, options.ContextName, address, keys);
            var controllers = ControllerHost.Start(objects, tokens, keys.AuthorityPem);
            return new KubernetesServer(stop, etcd, store, keys, web, controllers, address);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            etcd.Dispose();
            keys.Dispose();
            stop.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _controllers.DisposeAsync().ConfigureAwait(false);
        await _web.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
        _etcd.Dispose();
        _keys.Dispose();
        _stop.Dispose();
    }

    private static async Task WaitForEtcdAsync(ObjectStore store, KubernetesServerOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await store.StartAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception problem) when (problem is HttpRequestException or SocketException or EtcdException or IOException)
            {
                if (clock.GetElapsedTime(begun) > options.EtcdPatience)
                {
                    throw new BlackstartException(
                        "BS6101",
                        ExitCode.CouldNotVerify,
                        $"Reading the lab's cluster state from etcd at {options.EtcdUrl}",
                        problem.Message,
                        "See etcd's log in the lab's logs folder, then start the lab again with `blackstart lab up`",
                        problem);
                }
            }

            await Task.Delay(EtcdRetry, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static WebApplication Build(int port, ServerKeys keys, ApiHandler handler)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(keys.Certificate));
        });
        var web = builder.Build();
        web.Run(handler.HandleAsync);
        return web;
    }
}
