using System.Globalization;
using Blackstart.Lab.Hosting;
using Blackstart.Longhorn.Content;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Lab.Erp;

/// <summary>The document archive: holds its volume open and answers whether documents are on it.</summary>
internal static class DocumentsProcess
{
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
            var head = new byte[VolumeContent.HeadLength];
            await device.ReadAsync(0, head, cancellationToken);
            return VolumeContent.Identify(head) switch
            {
                { Kind: not (ContentKind.Ext2 or ContentKind.Ext3 or ContentKind.Ext4) } => "the volume holds no ext file system",
                { IsFreshlyFormatted: true } => "the volume holds a new file system without a single document",
                _ => null,
            };
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }
}
