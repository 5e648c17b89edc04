using System.Text.Json.Nodes;
using Blackstart.Lab.Hosting;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>
/// <c>GET …/pods/NAME/log</c>. A real server asks the node's kubelet; here the kubelets write to a folder of the same machine. Output and
/// errors of a container are one stream.
/// </summary>
/// <param name="objects">Where pods are looked up.</param>
/// <param name="folder">Folder of <c>pod-NAMESPACE-NAME.log</c>.</param>
/// <param name="clock">The clock.</param>
internal sealed class LogHandler(ObjectService objects, string folder, TimeProvider clock)
{
    private const int BufferLength = 64 * 1024;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public async Task SendAsync(HttpContext context, ResourceKind pods, ApiPath path)
    {
        // Only the name of an existing pod becomes part of a file's name.
        var pod = objects.Get(pods, path.Namespace, path.Name);
        var request = context.Request;
        var cancellationToken = context.RequestAborted;
        var container = ContainerOf(pod.View, Query.Text(request, "container"));
        var file = Path.Combine(folder, $"pod-{path.Namespace}-{path.Name}.log");
        var starts = await PodLog.ReadAsync(file, pod.Uid, cancellationToken).ConfigureAwait(false);
        var previous = Query.Flag(request, "previous");
        if (starts.Count == 0)
        {
            throw Refusal.BadRequest(WhyNone(pod.View, container));
        }

        if (previous && starts.Count == 1)
        {
            throw Refusal.BadRequest($"previous terminated container \"{container}\" in pod \"{pod.Name}\" not found");
        }

        context.Response.ContentType = "text/plain";
        if (!File.Exists(file))
        {
            return;
        }

        await using var log = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var start = previous ? starts[^2] : starts[^1];
        var end = previous ? starts[^1] : long.MaxValue;
        log.Position = start;
        if (Query.Number(request, "tailLines") is { } lines)
        {
            await SeekAsync(log, start, end, lines, cancellationToken).ConfigureAwait(false);
        }

        if (Query.Number(request, "limitBytes") is > 0 and var limit)
        {
            end = Math.Min(end, log.Position + limit);
        }

        await CopyAsync(context, log, end, Query.Flag(request, "follow") && !previous ? () => RunsAsync(pods, path, pod.Uid, container, file, starts.Count, cancellationToken) : null).ConfigureAwait(false);
    }

    private async Task CopyAsync(HttpContext context, FileStream log, long end, Func<Task<bool>>? runs)
    {
        var cancellationToken = context.RequestAborted;
        var buffer = new byte[BufferLength];
        var more = true;
        while (log.Position < end)
        {
            var length = await log.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferLength, end - log.Position)), cancellationToken).ConfigureAwait(false);
            if (length > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (runs is null || !more)
            {
                return;
            }
            else
            {
                // What was written before the end was told is still to be read.
                more = await runs().ConfigureAwait(false);
                await Task.Delay(Poll, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static string ContainerOf(JsonObject pod, string asked)
    {
        var names = pod.List("spec", "containers").Maps().Select(container => container.Text("name") ?? string.Empty).ToList();
        if (asked.Length == 0)
        {
            return names[0];
        }

        return names.Contains(asked, StringComparer.Ordinal) ? asked : throw Refusal.BadRequest($"container {asked} is not valid for pod {pod.Name()}");
    }

    private static string WhyNone(JsonObject pod, string container)
    {
        if (pod.Text("spec", "nodeName") is null or "")
        {
            return $"pod {pod.Name()} does not have a host assigned";
        }

        var reason = pod.List("status", "containerStatuses").Maps().FirstOrDefault().Text("state", "waiting", "reason") ?? "ContainerCreating";
        return $"container \"{container}\" in pod \"{pod.Name()}\" is waiting to start: {reason}";
    }

    /// <summary>Whether more of this run may come.</summary>
    private async Task<bool> RunsAsync(ResourceKind pods, ApiPath path, string uid, string container, string file, int run, CancellationToken cancellationToken)
    {
        if (objects.Store.Get(pods.Key(path.Namespace, path.Name)) is not { } pod || pod.Uid != uid)
        {
            return false;
        }

        var state = pod.View.List("status", "containerStatuses").Maps().FirstOrDefault(status => status.Text("name") == container);
        return state.Map("state", "terminated") is null
            && state.Text("state", "waiting", "reason") != "CrashLoopBackOff"
            && (await PodLog.ReadAsync(file, uid, cancellationToken).ConfigureAwait(false)).Count == run;
    }

    /// <summary>Goes to the start of the last lines.</summary>
    private static async Task SeekAsync(FileStream log, long start, long end, long lines, CancellationToken cancellationToken)
    {
        var starts = new Queue<long>();
        starts.Enqueue(start);
        var buffer = new byte[BufferLength];
        var position = start;
        int length;
        while (position < end && (length = await log.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferLength, end - position)), cancellationToken).ConfigureAwait(false)) > 0)
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
