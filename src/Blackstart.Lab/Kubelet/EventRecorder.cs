using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>Events of pods, the same one counted rather than repeated.</summary>
internal sealed class EventRecorder(string node, ClusterClient client, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (string Name, int Count)> _known = new(StringComparer.Ordinal);

    /// <summary>Tells an event; a failure to tell is not one of the pod's.</summary>
    public async Task TellAsync(JsonObject pod, string type, string reason, string message, CancellationToken cancellationToken)
    {
        var key = $"{pod.Uid()}/{reason}/{message}";
        var now = KubeletContext.Timestamp(time.GetUtcNow());
        try
        {
            if (_known.TryGetValue(key, out var known))
            {
                var count = known.Count + 1;
                _known[key] = (known.Name, count);
                var counted = await client.PatchAsync(
                    ResourceType.Events, pod.Namespace(), known.Name, new JsonObject { ["count"] = count, ["lastTimestamp"] = now }, cancellationToken);
                if (counted is not null)
                {
                    return;
                }
            }

            var name = string.Create(CultureInfo.InvariantCulture, $"{pod.Name()}.{Guid.NewGuid():N}");
            await client.CreateAsync(ResourceType.Events, Describe(pod, name, type, reason, message, now), cancellationToken);
            _known[key] = (name, 1);
        }
        catch (Exception e) when (e is HttpRequestException or ClusterApiException or TimeoutException)
        {
            await Console.Error.WriteLineAsync($"event {reason} of {pod.Key()} not told: {e.Message}");
        }
    }

    private JsonObject Describe(JsonObject pod, string name, string type, string reason, string message, string now) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Event",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = pod.Namespace() },
        ["involvedObject"] = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["namespace"] = pod.Namespace(),
            ["name"] = pod.Name(),
            ["uid"] = pod.Uid(),
        },
        ["reason"] = reason,
        ["message"] = message,
        ["type"] = type,
        ["count"] = 1,
        ["firstTimestamp"] = now,
        ["lastTimestamp"] = now,
        ["source"] = new JsonObject { ["component"] = "kubelet", ["host"] = node },
        ["reportingComponent"] = "kubelet",
        ["reportingInstance"] = node,
    };
}
