namespace Blackstart.Lab.Cluster;

/// <summary>An open watch: one JSON object a line.</summary>
internal sealed record WatchStream(HttpResponseMessage Response, Stream Body) : IDisposable
{
    public void Dispose() => Response.Dispose();
}
