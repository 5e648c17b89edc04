using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace Blackstart.Lab.Kubernetes.Storage;

/// <summary>
/// All objects, in memory, as etcd's watch reports them. A write goes to etcd, and is done when the watch has brought it back:
/// memory never says what etcd does not, whatever became of an answer on its way.
/// </summary>
internal sealed class ObjectStore : IAsyncDisposable
{
    /// <summary>Everything lives under this prefix, as in a real cluster.</summary>
    public const string Prefix = "/registry/";

    private const int HistoryLimit = 20_000;
    private static readonly TimeSpan ApplyTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CompactionPeriod = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly EtcdClient _etcd;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, SortedDictionary<string, StoredObject>> _kinds = new(StringComparer.Ordinal);
    private readonly List<StoreEvent> _history = [];
    private readonly List<Action<StoreEvent>> _observers = [];
    private readonly List<StoreWatch> _watches = [];
    private readonly List<(long Revision, TaskCompletionSource Done)> _waiting = [];
    private readonly CancellationTokenSource _stop = new();
    private long _revision;
    private long _historyStart;
    private Task _running = Task.CompletedTask;
    private Task _compacting = Task.CompletedTask;

    public ObjectStore(EtcdClient etcd, TimeProvider clock)
    {
        _etcd = etcd;
        _clock = clock;
    }

    /// <summary>The revision that memory has reached.</summary>
    public long Revision
    {
        get
        {
            lock (_lock)
            {
                return _revision;
            }
        }
    }

    /// <summary>The storage prefix of a key: everything up to its third slash.</summary>
    public static string KindOf(string key)
    {
        var slash = key.IndexOf('/', Prefix.Length);
        slash = key.IndexOf('/', slash + 1);
        return key[..(slash + 1)];
    }

    /// <summary>Sees each change before any reader does. Register before <see cref="StartAsync"/>.</summary>
    public void Observe(Action<StoreEvent> observer) => _observers.Add(observer);

    /// <summary>Reads everything and follows the changes from there.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        _running = FollowAsync(_stop.Token);
        _compacting = CompactAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running, _compacting).ConfigureAwait(false);
        lock (_lock)
        {
            foreach (var watch in _watches)
            {
                watch.Events.Writer.TryComplete();
            }

            _watches.Clear();
        }

        _stop.Dispose();
    }

    public StoredObject? Get(string key)
    {
        lock (_lock)
        {
            return _kinds.TryGetValue(KindOf(key), out var kind) && kind.TryGetValue(key, out var found) ? found : null;
        }
    }

    /// <summary>The objects of a kind whose key starts with a prefix, in key order, and the revision of that view.</summary>
    public (IReadOnlyList<StoredObject> Objects, long Revision) List(string prefix)
    {
        lock (_lock)
        {
            if (!_kinds.TryGetValue(KindOf(prefix), out var kind))
            {
                return ([], _revision);
            }

            var found = new List<StoredObject>();
            foreach (var (key, value) in kind)
            {
                if (key.StartsWith(prefix, StringComparison.Ordinal))
                {
                    found.Add(value);
                }
            }

            return (found, _revision);
        }
    }

    /// <summary>Every object of every kind.</summary>
    public IReadOnlyList<StoredObject> All()
    {
        lock (_lock)
        {
            return [.. _kinds.Values.SelectMany(kind => kind.Values)];
        }
    }

    /// <summary>The prefixes that hold anything.</summary>
    public IReadOnlyList<string> Kinds()
    {
        lock (_lock)
        {
            return [.. _kinds.Where(kind => kind.Value.Count > 0).Select(kind => kind.Key)];
        }
    }

    /// <summary>The changes after a revision. Null when history no longer reaches back that far.</summary>
    public StoreWatch? Watch(long afterRevision)
    {
        lock (_lock)
        {
            if (afterRevision < _historyStart)
            {
                return null;
            }

            var watch = new StoreWatch(this, Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true }));
            foreach (var change in _history)
            {
                if (change.Revision > afterRevision)
                {
                    watch.Events.Writer.TryWrite(change);
                }
            }

            _watches.Add(watch);
            return watch;
        }
    }

    public void Forget(StoreWatch watch)
    {
        lock (_lock)
        {
            _watches.Remove(watch);
        }
    }

    /// <summary>Makes history begin now, so that a revision from before this process started is too old for a watch.</summary>
    public void BeginHistory()
    {
        lock (_lock)
        {
            _historyStart = _revision;
            _history.Clear();
        }
    }

    /// <summary>Writes a version over an expected one (0: none). Null when the object has moved on.</summary>
    public async Task<StoredObject?> PutAsync(string key, byte[] value, long expectedRevision, CancellationToken cancellationToken)
    {
        if (await _etcd.PutIfAsync(key, value, expectedRevision, cancellationToken).ConfigureAwait(false) is not { } revision)
        {
            await CatchUpAsync(key, cancellationToken).ConfigureAwait(false);
            return null;
        }

        await ReachAsync(revision, cancellationToken).ConfigureAwait(false);
        return StoredObject.FromEtcd(key, revision, value);
    }

    /// <summary>Deletes an expected version. Null when the object has moved on.</summary>
    public async Task<long?> DeleteAsync(string key, long expectedRevision, CancellationToken cancellationToken)
    {
        if (await _etcd.DeleteIfAsync(key, expectedRevision, cancellationToken).ConfigureAwait(false) is not { } revision)
        {
            await CatchUpAsync(key, cancellationToken).ConfigureAwait(false);
            return null;
        }

        await ReachAsync(revision, cancellationToken).ConfigureAwait(false);
        return revision;
    }

    // A compare that failed means that memory is behind: wait for what etcd already has.
    private async Task CatchUpAsync(string key, CancellationToken cancellationToken)
    {
        var now = await _etcd.ReadAsync(key, cancellationToken).ConfigureAwait(false);
        await ReachAsync(now.Changes.Count == 0 ? now.Revision : now.Changes.Max(change => change.ModRevision), cancellationToken).ConfigureAwait(false);
    }

    private async Task ReachAsync(long revision, CancellationToken cancellationToken)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            if (_revision >= revision)
            {
                return;
            }

            done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((revision, done));
        }

        await done.Task.WaitAsync(ApplyTimeout, _clock, cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var all = await _etcd.ReadAsync(Prefix, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            // After a gap, what is missing now was deleted meanwhile, and what is newer was changed.
            var present = all.Changes.Select(change => change.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var gone in _kinds.Values.SelectMany(kind => kind.Keys).Where(key => !present.Contains(key)).ToList())
            {
                Apply(new EtcdKeyValue(gone, all.Revision, null));
            }

            foreach (var change in all.Changes.OrderBy(change => change.ModRevision))
            {
                if (!_kinds.TryGetValue(KindOf(change.Key), out var kind) || !kind.TryGetValue(change.Key, out var known) || known.Revision < change.ModRevision)
                {
                    Apply(change);
                }
            }

            Advance(all.Revision);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var batch in _etcd.WatchAsync(Prefix, Revision + 1, cancellationToken).ConfigureAwait(false))
                {
                    lock (_lock)
                    {
                        foreach (var change in batch.Changes)
                        {
                            Apply(change);
                        }

                        Advance(batch.Revision);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (EtcdCompactedException)
            {
                await TryLoadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception problem) when (IsPassing(problem))
            {
                // etcd is away or restarting; ask again until it answers.
            }

            await PauseAsync(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TryLoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (IsPassing(problem))
        {
            // The follower comes here again.
        }
    }

    private async Task CompactAsync(CancellationToken cancellationToken)
    {
        var previous = Revision;
        while (await PauseAsync(CompactionPeriod, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _etcd.CompactAsync(previous, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception problem) when (IsPassing(problem))
            {
                // Nothing to compact, or etcd is away; the next turn will do.
            }

            previous = Revision;
        }
    }

    private async Task<bool> PauseAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await Task.Delay(time, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }

    private static bool IsPassing(Exception problem) =>
        problem is HttpRequestException or IOException or SocketException or EtcdException or EtcdCompactedException or OperationCanceledException or JsonException;

    private void Apply(EtcdKeyValue change)
    {
        var prefix = KindOf(change.Key);
        if (!_kinds.TryGetValue(prefix, out var kind))
        {
            _kinds[prefix] = kind = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
        }

        var before = kind.GetValueOrDefault(change.Key);
        StoreEvent applied;
        if (change.Value is null)
        {
            if (before is null)
            {
                return;
            }

            kind.Remove(change.Key);
            applied = new StoreEvent(StoreEventType.Deleted, before.At(change.ModRevision), before);
        }
        else
        {
            var now = StoredObject.FromEtcd(change.Key, change.ModRevision, change.Value);
            kind[change.Key] = now;
            applied = new StoreEvent(before is null ? StoreEventType.Added : StoreEventType.Modified, now, before);
        }

        _revision = Math.Max(_revision, change.ModRevision);
        _history.Add(applied);
        if (_history.Count > HistoryLimit)
        {
            _historyStart = _history[HistoryLimit / 2 - 1].Revision;
            _history.RemoveRange(0, HistoryLimit / 2);
        }

        foreach (var observer in _observers)
        {
            observer(applied);
        }

        foreach (var watch in _watches)
        {
            watch.Events.Writer.TryWrite(applied);
        }
    }

    private void Advance(long revision)
    {
        _revision = Math.Max(_revision, revision);
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            if (_waiting[i].Revision <= _revision)
            {
                _waiting[i].Done.TrySetResult();
                _waiting.RemoveAt(i);
            }
        }
    }
}
