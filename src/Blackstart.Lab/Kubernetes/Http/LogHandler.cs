using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>
/// <c>GET …/pods/NAME/log</c>. A real server asks the node's kubelet; here the kubelets write to a folder of the same machine. The log of a
/// pod holds all runs of its container, one after the other, so <c>previous</c> changes nothing.
/// </summary>
/// <param name="objects">Where pods are looked up.</param>
/// <param name="folder">Folder of <c>pod-NAMESPACE-NAME.log</c>.</param>
/// <param name="clock">The clock.</param>
internal sealed class LogHandler(ObjectService objects, string folder, TimeProvider clock)
{
    private const int BufferLength = 64 * 1024;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    public async Task SendAsync(HttpContext context, ResourceKind pods, ApiPath path)
    {
        // Only the name of an existing pod becomes part of a file's name.
        _ = objects.Get(pods, path.Namespace, path.Name);
        var request = context.Request;
        context.Response.ContentType = "text/plain";
        var file = Path.Combine(folder, $"pod-{path.Namespace}-{path.Name}.log");
        if (!File.Exists(file))
        {
            return;
        }

        await using var log = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (Query.Number(request, "tailLines") is { } lines)
        {
            await SeekAsync(log, lines, context.RequestAborted).ConfigureAwait(false);
        }

        var buffer = new byte[BufferLength];
        while (true)
        {
            var length = await log.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false);
            if (length > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, length), context.RequestAborted).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            }
            else if (Query.Flag(request, "follow"))
            {
                await Task.Delay(Poll, clock, context.RequestAborted).ConfigureAwait(false);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Goes to the start of the last lines.</summary>
    private static async Task SeekAsync(FileStream log, long lines, CancellationToken cancellationToken)
    {
        var starts = new Queue<long>();
        starts.Enqueue(0);
        var buffer = new byte[BufferLength];
        long position = 0;
        int length;
        while ((length = await log.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            for (var i = 0; i < length; i++)
            {
                position++;
                if (buffer[i] == (byte)'\n')
                {
                    starts.Enqueue(position);
                }
            }

            while (starts.Count > lines + 1)
            {
                starts.Dequeue();
            }
        }

        log.Position = lines == 0 ? position : starts.Peek();
    }
}
