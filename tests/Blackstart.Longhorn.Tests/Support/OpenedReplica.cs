using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Tests.Support;

internal static class OpenedReplica
{
    /// <summary>Opens a replica that stops being judged when the test is stopped.</summary>
    internal static ReplicaDirectory Open(string path, JudgingOptions? options = null) =>
        ReplicaDirectory.Open(path, options, TestContext.Current.CancellationToken);
}
