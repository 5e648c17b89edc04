namespace Blackstart.Lab.Longhorn;

/// <summary>What every controller of the lab's Longhorn works with.</summary>
/// <param name="Store">The cluster's objects.</param>
/// <param name="Settings">Longhorn's settings.</param>
/// <param name="Disks">One disk for each node, by the node's name.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">Takes a line for the process's log.</param>
/// <param name="Wake">Asks for another round of the controllers.</param>
internal sealed record LonghornContext(
    ObjectStore Store,
    LonghornSettings Settings,
    IReadOnlyDictionary<string, LonghornDisk> Disks,
    TimeProvider Time,
    Action<string> Log,
    Action Wake)
{
    public string Now => Time.Timestamp();

    public static string InstanceManager(string node) => $"instance-manager-{node}";

    /// <summary>Replica objects of a volume that are not on their way out.</summary>
    public IReadOnlyList<System.Text.Json.Nodes.JsonObject> ReplicasOf(string volume) =>
        [.. Store.All(LonghornKinds.Replicas)
            .Where(replica => replica.IsVolume(volume) && !Cluster.ClusterObject.IsBeingDeleted(replica))
            .OrderBy(Cluster.ClusterObject.Name, StringComparer.Ordinal)];
}
