using System.Net;
using Blackstart.Core.Errors;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.Vault;

/// <summary>The lab's Vault as a process of its own.</summary>
internal static class VaultProcess
{
    /// <summary>Serves until it is cancelled or its device is gone.</summary>
    /// <param name="arguments"><c>--device</c>, an NBD address or a file; <c>--listen</c>, an IP address and port, 127.0.0.1:8200 by default.</param>
    /// <param name="cancellationToken">Asks it to stop.</param>
    /// <returns>0 when asked to stop, 2 when the device was lost.</returns>
    /// <exception cref="BlackstartException">BS6201 to BS6204: it cannot start; nothing was written.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var (endpoint, address) = Read(arguments);
        var device = await VaultDevice.OpenAsync(address, cancellationToken);
        VaultServer server;
        try
        {
            server = await VaultServer.StartAsync(device, endpoint, TimeProvider.System, cancellationToken);
        }
        catch
        {
            await device.DisposeAsync();
            throw;
        }

        await using (server)
        {
            await Console.Error.WriteLineAsync($"vault: listening on {server.Address}, storage on {address}");
            try
            {
                var lost = await server.DeviceLost.WaitAsync(cancellationToken);
                await Console.Error.WriteLineAsync($"vault: {lost.Message}");
                return (int)ExitCode.CouldNotVerify;
            }
            catch (OperationCanceledException)
            {
                return (int)ExitCode.Done;
            }
        }
    }

    private static (IPEndPoint Endpoint, string Device) Read(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = new ProcessArguments([.. arguments.Where(argument => argument != "--lifeline")]);
            return (IPEndPoint.Parse(options.Optional("listen") ?? "127.0.0.1:8200"), options.Required("device"));
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new BlackstartException(
                "BS6204",
                ExitCode.InvalidInput,
                "Starting Vault",
                error.Message,
                "Give --device ADDRESS and, if need be, --listen IP:PORT");
        }
    }
}
