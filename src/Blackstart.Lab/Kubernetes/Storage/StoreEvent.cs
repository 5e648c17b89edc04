namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>One change, in the order etcd made it.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The new version; for a deletion the last one, under the deletion's revision.</param>
/// <param name="Before">The version before, unless it was added.</param>
internal sealed record StoreEvent(StoreEventType Type, StoredObject Object, StoredObject? Before)
{
    public long Revision => Object.Revision;

    public string Key => Object.Key;
}
