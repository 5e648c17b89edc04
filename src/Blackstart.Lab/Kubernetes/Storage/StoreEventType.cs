namespace Blackstart.Lab.Kubernetes.Storage;

internal enum StoreEventType
{
    Added,
    Modified,
    Deleted,
}
