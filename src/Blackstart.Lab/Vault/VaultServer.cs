using System.Net;
using Blackstart.Core.Errors;
using Blackstart.Lab.Vault.Http;
using Blackstart.Lab.Vault.Leases;
using Blackstart.Lab.Vault.Storage;
using Blackstart.Longhorn.Blocks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Blackstart.Lab.Vault;

/// <summary>A Vault on a device, listening on plain HTTP.</summary>
internal sealed class VaultServer : IAsyncDisposable
{
    private static readonly TimeSpan DeviceCheckPause = TimeSpan.FromMilliseconds(500);
    private const long LargestBody = 32 * 1024 * 1024;

    private readonly WebApplication _application;
    private readonly DeviceStorage _storage;
    private readonly Expiration _expiration;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<VaultStorageException> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private Task _background = Task.CompletedTask;

    private VaultServer(DeviceStorage storage, IPEndPoint endpoint, TimeProvider time)
    {
        _storage = storage;
        _time = time;
        var core = new VaultCore(storage, time);
        _expiration = new Expiration(core, time);
        var http = new VaultHttp(core, time, error => _lost.TrySetResult(error));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Listen(endpoint);
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = LargestBody;
        });
        builder.Logging.ClearProviders();
        _application = builder.Build();
        ((IApplicationBuilder)_application).Run(http.HandleAsync);
    }

    /// <summary>Ends when the device is gone, with what it said.</summary>
    public Task<VaultStorageException> DeviceLost => _lost.Task;

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Opens the storage on a device and listens. The device is the server's from then on.</summary>
    /// <param name="device">Vault's device.</param>
    /// <param name="endpoint">Where to listen; port 0 takes a free one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="BlackstartException">BS6201: the device holds something else, or is damaged. BS6203: the address is taken.</exception>
    public static async Task<VaultServer> StartAsync(IBlockDevice device, IPEndPoint endpoint, TimeProvider time, CancellationToken cancellationToken)
    {
        var storage = await DeviceStorage.OpenAsync(device, cancellationToken);
        var server = new VaultServer(storage, endpoint, time);
        try
        {
            await server._application.StartAsync(cancellationToken);
        }
        catch (IOException error)
        {
            await server.DisposeAsync();
            throw new BlackstartException(
                "BS6203",
                ExitCode.CouldNotVerify,
                $"listening on {endpoint} for Vault",
                error.Message,
                "End what listens there, or choose another address with --listen",
                error);
        }

        var addresses = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        server.Address = new Uri(addresses!.Addresses.First());
        server._background = Task.WhenAll(server.ExpireAsync(), server.WatchDeviceAsync());
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using (var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time))
        {
            await _application.StopAsync(deadline.Token);
        }

        await _application.DisposeAsync();
        try
        {
            await _background;
        }
        catch (OperationCanceledException)
        {
            // Asked for above.
        }

        await _storage.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task ExpireAsync()
    {
        while (true)
        {
            try
            {
                await _expiration.RunAsync(_stopping.Token);
            }
            catch (VaultStorageException error) when (error.IsDeviceLost)
            {
                _lost.TrySetResult(error);
                return;
            }
            catch (VaultStorageException error)
            {
                // No room: what expires now is taken back when there is some again.
                await Console.Error.WriteLineAsync($"vault: {error.Message}");
            }
        }
    }

    private async Task WatchDeviceAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(DeviceCheckPause, _time, _stopping.Token);
                await _storage.CheckAsync(_stopping.Token);
            }
        }
        catch (VaultStorageException error)
        {
            _lost.TrySetResult(error);
        }
    }
}
