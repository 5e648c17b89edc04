using System.Threading.Channels;

namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>A reader of changes; it ends when it is disposed of or the store is.</summary>
internal sealed class StoreWatch(ObjectStore store, Channel<StoreEvent> events) : IDisposable
{
    public Channel<StoreEvent> Events { get; } = events;

    public void Dispose() => store.Forget(this);
}
