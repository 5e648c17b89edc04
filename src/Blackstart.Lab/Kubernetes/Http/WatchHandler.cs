using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Selectors;
using Blackstart.Lab.Kubernetes.Storage;
using Blackstart.Lab.Kubernetes.Tables;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Answers watches: one JSON object a line, until the time is up or the client leaves.</summary>
internal sealed class WatchHandler(ObjectService objects, TableColumns columns, TimeProvider clock, CancellationToken stopping)
{
    private static readonly TimeSpan BookmarkPeriod = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultDuration = TimeSpan.FromMinutes(45);

    public async Task WatchAsync(HttpContext context, ResourceKind kind, string? @namespace, string? name)
    {
        var request = context.Request;
        var labels = LabelSelector.Parse(Query.Text(request, "labelSelector"));
        var fields = FieldSelector.Parse(Query.Text(request, "fieldSelector"), kind);
        var prefix = kind.Namespaced && @namespace is not null ? $"{kind.StoragePrefix}{@namespace}/" : kind.StoragePrefix;
        bool Matches(StoredObject item) =>
            (name is null || item.Name == name) && labels.Matches(item.View.Map("metadata", "labels")) && fields.Matches(item.View);

        var initial = Query.Flag(request, "sendInitialEvents");
        var bookmarks = Query.Flag(request, "allowWatchBookmarks");
        var from = Query.Number(request, "resourceVersion") ?? 0;
        IReadOnlyList<StoredObject> present = [];
        if (from == 0 || initial)
        {
            (present, from) = objects.Store.List(prefix);
        }

        var form = AcceptHeader.Of(request);
        var table = form == Accepted.Table ? new Table(kind, columns.Of(kind), Query.Text(request, "includeObject")) : null;
        using var watch = objects.Store.Watch(from);
        var duration = Query.Number(request, "timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : DefaultDuration;
        using var limit = new CancellationTokenSource(duration, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, limit.Token, stopping);
        context.Response.StatusCode = 200;
        context.Response.ContentType = ApiResponse.Json;
        ApiResponse.Warn(context, kind.Custom?.Warning is { } warning ? [warning] : null);
        try
        {
            await context.Response.StartAsync(end.Token).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
            if (watch is null)
            {
                await SendAsync(context, "ERROR", Refusal.Expired(from, objects.Store.Revision).Status, end.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
                return;
            }

            var first = true;
            foreach (var item in present.Where(Matches))
            {
                await SendAsync(context, "ADDED", Shape(kind, item, table, form, ref first), end.Token).ConfigureAwait(false);
            }

            if (initial)
            {
                await BookmarkAsync(context, kind, table, from, initialEnd: true, end.Token).ConfigureAwait(false);
            }

            await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
            using var bookmark = new PeriodicTimer(BookmarkPeriod, clock);
            var tick = bookmarks ? bookmark.WaitForNextTickAsync(end.Token).AsTask() : Task.Delay(Timeout.InfiniteTimeSpan, clock, end.Token);
            var more = watch.Events.Reader.WaitToReadAsync(end.Token).AsTask();
            while (true)
            {
                var happened = await Task.WhenAny(more, tick).ConfigureAwait(false);
                if (happened == tick)
                {
                    await tick.ConfigureAwait(false);
                    var reached = objects.Store.Revision;
                    if (!watch.Events.Reader.TryPeek(out _))
                    {
                        await BookmarkAsync(context, kind, table, reached, initialEnd: false, end.Token).ConfigureAwait(false);
                        await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
                    }

                    tick = bookmark.WaitForNextTickAsync(end.Token).AsTask();
                    continue;
                }

                if (!await more.ConfigureAwait(false))
                {
                    return;
                }

                while (watch.Events.Reader.TryRead(out var change))
                {
                    if (!change.Key.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        continue;
                    }

                    if (Seen(change, Matches) is var (type, item))
                    {
                        await SendAsync(context, type, Shape(kind, item, table, form, ref first), end.Token).ConfigureAwait(false);
                    }
                }

                await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
                more = watch.Events.Reader.WaitToReadAsync(end.Token).AsTask();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The watch is over; the client asks again when it wants to.
        }
    }

    // An object that leaves the selection is deleted for the watcher, one that enters it is added.
    private static (string Type, StoredObject Item)? Seen(StoreEvent change, Func<StoredObject, bool> matches)
    {
        var before = change.Before is not null && matches(change.Before);
        if (change.Type == StoreEventType.Deleted)
        {
            return before ? ("DELETED", change.Object) : null;
        }

        return (before, matches(change.Object)) switch
        {
            (false, true) => ("ADDED", change.Object),
            (true, true) => ("MODIFIED", change.Object),
            (true, false) => ("DELETED", change.Before!.At(change.Revision)),
            _ => null,
        };
    }

    private static JsonObject Shape(ResourceKind kind, StoredObject item, Table? table, Accepted form, ref bool first)
    {
        if (table is not null)
        {
            var headers = first;
            first = false;
            return table.Of([item.View], new JsonObject { ["resourceVersion"] = item.View.Text("metadata", "resourceVersion") }, headers);
        }

        if (form == Accepted.PartialMetadata)
        {
            return new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = item.View.Map("metadata")?.DeepClone() };
        }

        var copy = item.Edit();
        copy["apiVersion"] = kind.ApiVersion;
        return copy;
    }

    private static Task BookmarkAsync(HttpContext context, ResourceKind kind, Table? table, long revision, bool initialEnd, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (initialEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        var body = table is null
            ? new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata }
            : table.Of([], metadata, headers: false);
        return SendAsync(context, "BOOKMARK", body, cancellationToken);
    }

    private static async Task SendAsync(HttpContext context, string type, JsonObject body, CancellationToken cancellationToken)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["type"] = type, ["object"] = body.Parent is null ? body : body.DeepClone() });
        await context.Response.Body.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
    }
}
