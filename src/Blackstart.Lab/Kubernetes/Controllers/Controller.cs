using System.Globalization;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>
/// A loop that is told of changes and makes things so. It works on one key at a time, on the state in memory, and tries a key that
/// failed again after a while.
/// </summary>
internal abstract class Controller(ObjectService objects)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    private readonly Queue<string> _queue = new();
    private readonly HashSet<string> _queued = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _later = new();

    protected ObjectService Objects { get; } = objects;

    /// <summary>The name it writes under.</summary>
    protected abstract string Name { get; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var store = Objects.Store;
        using var watch = store.Watch(store.Revision);
        if (watch is null)
        {
            return;
        }

        foreach (var item in store.All())
        {
            See(new StoreEvent(StoreEventType.Added, item, null));
        }

        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                while (watch.Events.Reader.TryRead(out var change))
                {
                    See(change);
                }

                Wake();
                if (_queue.TryDequeue(out var key))
                {
                    _queued.Remove(key);
                    await WorkAsync(key, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                var more = watch.Events.Reader.WaitToReadAsync(cancellationToken).AsTask();
                if (_later.TryPeek(out _, out var due))
                {
                    var wait = due - Objects.Clock.GetUtcNow();
                    if (wait > TimeSpan.Zero)
                    {
                        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                        await Task.WhenAny(more, Task.Delay(wait, Objects.Clock, done.Token)).ConfigureAwait(false);
                        await done.CancelAsync().ConfigureAwait(false);
                    }
                }
                else if (!await more.ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>The keys that a change is about.</summary>
    protected abstract IEnumerable<string> Concerns(StoreEvent change);

    /// <summary>Makes things so for a key.</summary>
    protected abstract Task ReconcileAsync(string key, CancellationToken cancellationToken);

    protected void Enqueue(string key)
    {
        if (_queued.Add(key))
        {
            _queue.Enqueue(key);
        }
    }

    protected void EnqueueAfter(string key, TimeSpan time) => _later.Enqueue(key, Objects.Clock.GetUtcNow() + time);

    protected ResourceKind Core(string plural) => Objects.Kinds.BuiltIn(string.Empty, plural);

    protected ResourceKind Apps(string plural) => Objects.Kinds.BuiltIn("apps", plural);

    protected WriteOptions Options(string subresource = "") => WriteOptions.By(Name, subresource);

    protected static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void See(StoreEvent change)
    {
        foreach (var key in Concerns(change))
        {
            Enqueue(key);
        }
    }

    private void Wake()
    {
        var now = Objects.Clock.GetUtcNow();
        while (_later.TryPeek(out var key, out var due) && due <= now)
        {
            _later.Dequeue();
            Enqueue(key);
        }
    }

    private async Task WorkAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await ReconcileAsync(key, cancellationToken).ConfigureAwait(false);
            _failures.Remove(key);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A conflict, an object that is gone, etcd away: look again a little later.
            var times = _failures.GetValueOrDefault(key);
            _failures[key] = times + 1;
            var wait = FirstRetry * Math.Pow(2, Math.Min(times, 10));
            EnqueueAfter(key, wait < LastRetry ? wait : LastRetry);
        }
    }
}
