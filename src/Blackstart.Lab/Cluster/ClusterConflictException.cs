using System.Net;

namespace Blackstart.Lab.Cluster;

/// <summary>409: the object changed since it was read, or one of that name exists already (<see cref="ClusterApiException.Reason"/> says which).</summary>
internal sealed class ClusterConflictException(string reason, string message)
    : ClusterApiException(HttpStatusCode.Conflict, reason, message);
