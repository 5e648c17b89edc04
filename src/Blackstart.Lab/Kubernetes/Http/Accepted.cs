namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>What a client wants back: the first form in its Accept header that the server knows.</summary>
internal enum Accepted
{
    Json,
    Table,
    PartialMetadata,
    AggregatedDiscovery,
}
