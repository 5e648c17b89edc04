using System.Buffers.Binary;
using System.Globalization;
using Blackstart.Lab.Hosting;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Erp;

/// <summary>The document archive: holds its volume open and answers whether a file system is on it.</summary>
internal static class DocumentsProcess
{
    // The ext superblock begins 1024 bytes into the device; its magic number lies 56 bytes into it
    // (https://docs.kernel.org/filesystems/ext4/super.html).
    private const int MagicOffset = 1024 + 56;
    private const ushort Magic = 0xEF53;

    /// <summary>Arguments: <c>--volume NBD-URI --listen PORT</c>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var options = new ProcessArguments(arguments);
        try
        {
            await using var device = await NbdClient.ConnectAsync(new Uri(options.Required("volume")), cancellationToken);
            if (await TroubleAsync(device, cancellationToken) is { } trouble)
            {
                await Console.Out.WriteLineAsync($"documents: refused: {trouble}");
                return 1;
            }

            await using var readiness = new ReadinessServer(
                int.Parse(options.Required("listen"), CultureInfo.InvariantCulture),
                token => TroubleAsync(device, token));
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
                if (await TroubleAsync(device, cancellationToken) is { } later)
                {
                    await Console.Out.WriteLineAsync($"documents: failed: {later}");
                    return 1;
                }
            }
        }
        catch (IOException e)
        {
            await Console.Out.WriteLineAsync($"documents: failed: {e.Message}");
            return 1;
        }
    }

    private static async Task<string?> TroubleAsync(NbdClient device, CancellationToken cancellationToken)
    {
        try
        {
            var magic = new byte[2];
            await device.ReadAsync(MagicOffset, magic, cancellationToken);
            return BinaryPrimitives.ReadUInt16LittleEndian(magic) == Magic ? null : "the volume holds no ext file system";
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }
}
