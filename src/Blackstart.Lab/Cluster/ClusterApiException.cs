using System.Net;

namespace Blackstart.Lab.Cluster;

/// <summary>The API server refused a request; the message is its own.</summary>
internal class ClusterApiException(HttpStatusCode status, string reason, string message) : Exception(message)
{
    /// <summary>HTTP status of the answer.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The <c>reason</c> of the Status object, such as <c>Invalid</c>; empty when the answer was none.</summary>
    public string Reason { get; } = reason;
}
