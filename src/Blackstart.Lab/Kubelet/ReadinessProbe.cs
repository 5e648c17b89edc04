using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.Kubelet;

/// <summary>A container's <c>readinessProbe.httpGet</c>; without one it is ready as soon as it runs.</summary>
internal sealed class ReadinessProbe(JsonObject container)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private static readonly TimeSpan Eager = TimeSpan.FromMilliseconds(100);

    private readonly JsonObject? _probe = container["readinessProbe"] as JsonObject;
    private int _failures;

    /// <summary>How long to wait before asking again; short until it was ready once.</summary>
    public TimeSpan Period(bool ready) =>
        ready && _probe?["periodSeconds"] is { } seconds ? TimeSpan.FromSeconds(Math.Max(1, seconds.GetValue<int>())) / 2 : Eager;

    /// <summary>Whether the container counts as ready now.</summary>
    /// <param name="before">Whether it did so far: it takes several failures in a row to lose it.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<bool> AskAsync(bool before, CancellationToken cancellationToken)
    {
        if (_probe?["httpGet"] is not JsonObject request)
        {
            return true;
        }

        var port = request["port"]?.GetValue<int>() ?? 80;
        var path = request.TextAt("path") ?? "/";
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}{path}"));
        try
        {
            using var response = await Http.GetAsync(address, cancellationToken);
            if ((int)response.StatusCode is >= 200 and < 400)
            {
                _failures = 0;
                return true;
            }
        }
        catch (HttpRequestException)
        {
            // Nothing listens (yet).
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // No answer in time.
        }

        _failures++;
        return before && _failures < (_probe["failureThreshold"]?.GetValue<int>() ?? 3);
    }
}
