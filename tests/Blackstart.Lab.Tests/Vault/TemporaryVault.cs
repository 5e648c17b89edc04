using System.Net;
using Blackstart.Lab.Vault;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Tests.Vault;

/// <summary>A Vault in this process on a file of its own.</summary>
internal sealed class TemporaryVault : IAsyncDisposable
{
    public const long DeviceSize = 16 * 1024 * 1024;

    private VaultServer? _server;

    private TemporaryVault(string folder)
    {
        Folder = folder;
        Device = Path.Combine(folder, "vault.img");
    }

    public string Folder { get; }

    public string Device { get; }

    public VaultClient Client { get; private set; } = null!;

    public VaultServer Server => _server!;

    public static async Task<TemporaryVault> StartAsync()
    {
        var vault = new TemporaryVault(Directory.CreateTempSubdirectory("vault").FullName);
        await FileBlockDevice.Create(vault.Device, DeviceSize).DisposeAsync();
        await vault.RestartAsync();
        return vault;
    }

    public async Task RestartAsync()
    {
        var token = Client?.Token;
        await StopAsync();
        _server = await VaultServer.StartAsync(FileBlockDevice.Open(Device), new IPEndPoint(IPAddress.Loopback, 0), TimeProvider.System, TestContext.Current.CancellationToken);
        Client = new VaultClient(_server.Address) { Token = token };
    }

    public async Task StopAsync()
    {
        Client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
