using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Discovery;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Security;
using Blackstart.Lab.Kubernetes.Storage;
using Blackstart.Lab.Kubernetes.Tables;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Answers every request: finds out who asks and for what, and turns refusals into Status objects.</summary>
internal sealed class ApiHandler(
    ObjectService objects,
    Authenticator authenticator,
    ReviewHandler reviews,
    ListHandler lists,
    WatchHandler watches,
    PatchHandler patches,
    LogHandler? logs,
    TableColumns columns)
{
    public const string GitVersion = "v1.36.0-blackstart";

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context).ConfigureAwait(false);
        }
        catch (ApiException refusal) when (!context.Response.HasStarted)
        {
            if (refusal.Code == 503)
            {
                context.Response.Headers.RetryAfter = "1";
            }

            await ApiResponse.WriteAsync(context, refusal.Code, refusal.Status).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer any more.
        }
        catch (Exception problem) when (!context.Response.HasStarted)
        {
            // etcd away or slow is not the client's fault, and passes.
            var refusal = problem is HttpRequestException or SocketException or TimeoutException or OperationCanceledException or EtcdException
                ? Refusal.Unavailable($"etcd does not answer: {problem.Message}")
                : Refusal.Internal(problem.Message);
            await ApiResponse.WriteAsync(context, refusal.Code, refusal.Status).ConfigureAwait(false);
        }
    }

    private static WriteOptions Options(HttpRequest request, string subresource)
    {
        var manager = Query.Text(request, "fieldManager");
        if (manager.Length == 0)
        {
            manager = request.Headers.UserAgent.ToString().Split('/')[0];
        }

        return new WriteOptions
        {
            DryRun = Query.Text(request, "dryRun") == "All",
            FieldValidation = Query.Text(request, "fieldValidation") is { Length: > 0 } validation ? validation : "Warn",
            Manager = manager.Length == 0 ? "unknown" : manager,
            Subresource = subresource,
            Force = Query.Flag(request, "force"),
        };
    }

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["gitVersion"] = GitVersion,
        ["gitCommit"] = string.Empty,
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = string.Empty,
        ["compiler"] = "dotnet",
        ["platform"] = "linux/" + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64"),
    };

    private async Task RouteAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "/";
        switch (path)
        {
            case "/healthz" or "/readyz" or "/livez":
                var verbose = request.Query.ContainsKey("verbose");
                await ApiResponse.TextAsync(context, 200, verbose ? $"[+]ping ok\n[+]etcd ok\n{path[1..]} check passed\n" : "ok").ConfigureAwait(false);
                return;
            case "/version" or "/version/":
                authenticator.Authenticate(request);
                await ApiResponse.WriteAsync(context, 200, Version()).ConfigureAwait(false);
                return;
        }

        var user = authenticator.Authenticate(request);
        var kinds = objects.Kinds.Current;
        if (ApiPath.Parse(path) is { Resource.Length: > 0 } parsed)
        {
            await ResourceAsync(context, kinds, parsed, user).ConfigureAwait(false);
            return;
        }

        if (user.IsAnonymous)
        {
            throw Refusal.ForbiddenPath(user.Name, "get", path);
        }

        await DocumentAsync(context, kinds, path).ConfigureAwait(false);
    }

    private static async Task DocumentAsync(HttpContext context, KindSnapshot kinds, string path)
    {
        var request = context.Request;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var aggregated = AcceptHeader.Of(request) == Accepted.AggregatedDiscovery;
        var etag = $"\"{kinds.Etag}\"";
        if (parts is ["openapi", ..] or ["api"] or ["apis"])
        {
            context.Response.Headers.ETag = etag;
            context.Response.Headers.Vary = "Accept";
            if (request.Headers.IfNoneMatch.ToString() == etag)
            {
                context.Response.StatusCode = 304;
                return;
            }
        }

        JsonObject? document = parts switch
        {
            [] => new JsonObject { ["paths"] = JsonAccess.Strings("/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version") },
            ["api"] => aggregated ? DiscoveryDocuments.Aggregated(kinds, core: true) : DiscoveryDocuments.Versions(request.Host.Value ?? string.Empty),
            ["apis"] => aggregated ? DiscoveryDocuments.Aggregated(kinds, core: false) : DiscoveryDocuments.Groups(kinds),
            ["api", "v1"] => DiscoveryDocuments.Resources(kinds, string.Empty, "v1"),
            ["apis", var group] => kinds.Groups.FirstOrDefault(served => served.Name == group) is { } found ? DiscoveryDocuments.Group(found, single: true) : null,
            ["apis", var group, var version] => kinds.Serves(group, version) ? DiscoveryDocuments.Resources(kinds, group, version) : null,
            ["openapi", "v3"] => OpenApiDocuments.Index(kinds),
            ["openapi", "v3", .. var rest] => OpenApiDocuments.Document(kinds, string.Join('/', rest)),
            _ => null,
        };
        if (parts is ["openapi", "v2"])
        {
            await ApiResponse.WriteAsync(context, 200, kinds.OpenApiVersion2, OpenApiVersion2.ContentType).ConfigureAwait(false);
        }
        else if (document is null)
        {
            await ApiResponse.NoPageAsync(context).ConfigureAwait(false);
        }
        else if (aggregated && parts is ["api"] or ["apis"] && aggregated)
        {
            await ApiResponse.WriteAsync(context, 200, JsonSerializer.SerializeToUtf8Bytes(document), DiscoveryDocuments.AggregatedType).ConfigureAwait(false);
        }
        else
        {
            await ApiResponse.WriteAsync(context, 200, document).ConfigureAwait(false);
        }
    }

    private async Task ResourceAsync(HttpContext context, KindSnapshot kinds, ApiPath path, UserInfo user)
    {
        var request = context.Request;
        var kind = kinds.Find(path.Group, path.Version, path.Resource);
        Authorize(kinds, path, user, kind, request);
        var builtIn = path.Group.Length == 0 || BuiltInKinds.All.Any(known => known.Group == path.Group);
        if (kind is null || kind.Namespaced && path is { Namespace: null, Name.Length: > 0 } || !kind.Namespaced && path.Namespace is not null)
        {
            // A real server hands built-in groups to one router and custom ones to another, and each has its own way to say no.
            if (builtIn && kinds.Serves(path.Group, path.Version))
            {
                throw Refusal.NoSuchResource();
            }

            await ApiResponse.NoPageAsync(context).ConfigureAwait(false);
            return;
        }

        if (logs is not null && path is { Group.Length: 0, Resource: "pods", Subresource: "log" } && request.Method == "GET")
        {
            await logs.SendAsync(context, kind, path).ConfigureAwait(false);
            return;
        }

        if (path.Subresource.Length > 0)
        {
            await SubresourceAsync(context, kind, path).ConfigureAwait(false);
            return;
        }

        var verb = Verb(request, path);
        if (verb.Length == 0 || !kind.Can(verb == "watch" && !kind.Can("watch") ? "list" : verb))
        {
            throw Refusal.MethodNotAllowed();
        }

        if (kind.Custom?.Warning is { } warning && verb is not "watch")
        {
            ApiResponse.Warn(context, [warning]);
        }

        switch (verb)
        {
            case "list":
                await lists.ListAsync(context, kind, path.Namespace).ConfigureAwait(false);
                break;
            case "watch":
                await watches.WatchAsync(context, kind, path.Namespace, path.Name.Length == 0 ? null : path.Name).ConfigureAwait(false);
                break;
            case "get":
                await AnswerAsync(context, kind, 200, objects.Get(kind, path.Namespace, path.Name).View, []).ConfigureAwait(false);
                break;
            case "create":
                await CreateAsync(context, kind, path, user).ConfigureAwait(false);
                break;
            case "update":
                await ReplaceAsync(context, kind, path).ConfigureAwait(false);
                break;
            case "patch":
                var options = Options(request, string.Empty);
                var (patched, created) = await patches.PatchAsync(context, kind, path, options).ConfigureAwait(false);
                await AnswerAsync(context, kind, created ? 201 : 200, patched, options.Warnings).ConfigureAwait(false);
                break;
            case "delete":
                await DeleteAsync(context, kind, path).ConfigureAwait(false);
                break;
            case "deletecollection":
                await DeleteManyAsync(context, kind, path).ConfigureAwait(false);
                break;
        }
    }

    private static string Verb(HttpRequest request, ApiPath path) => (request.Method, path.Name.Length > 0) switch
    {
        ("GET" or "HEAD", _) when Query.Flag(request, "watch") => "watch",
        ("GET" or "HEAD", true) => "get",
        ("GET" or "HEAD", false) => "list",
        ("POST", false) => "create",
        ("PUT", true) => "update",
        ("PATCH", true) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => string.Empty,
    };

    // Whoever shows a token may do everything; everybody else may ask what they may do, and no more.
    private static void Authorize(KindSnapshot kinds, ApiPath path, UserInfo user, ResourceKind? kind, HttpRequest request)
    {
        if (user.Trusted || (!user.IsAnonymous && path.Group == "authorization.k8s.io" && path.Resource.StartsWith("selfsubject", StringComparison.Ordinal))
            || (!user.IsAnonymous && path.Resource == "selfsubjectreviews"))
        {
            return;
        }

        var asked = kind ?? new ResourceKind { Group = path.Group, Version = path.Version, Kind = path.Resource, Plural = path.Resource, Namespaced = path.Namespace is not null };
        var space = path.Namespace ?? (path is { Group: "", Resource: "namespaces", Name.Length: > 0 } ? path.Name : null);
        var resource = path.Subresource.Length == 0 ? path.Resource : $"{path.Resource}/{path.Subresource}";
        throw Refusal.Forbidden(
            asked,
            path.Name,
            $"User \"{user.Name}\" cannot {Verb(request, path)} resource \"{resource}\" in API group \"{path.Group}\" {(space is null ? "at the cluster scope" : $"in the namespace \"{space}\"")}");
    }

    private async Task SubresourceAsync(HttpContext context, ResourceKind kind, ApiPath path)
    {
        var request = context.Request;
        var known = path.Subresource switch
        {
            "status" => kind.HasStatus,
            "scale" => kind.Scale is not null,
            _ => kind.Extras.Any(extra => extra.Name == path.Subresource),
        };
        if (!known)
        {
            throw kind.Custom is null ? Refusal.NoSuchResource() : Refusal.NotFound(kind, path.Name);
        }

        var options = Options(request, path.Subresource);
        switch (path.Subresource, request.Method)
        {
            case ("status", "GET"):
                await AnswerAsync(context, kind, 200, objects.Get(kind, path.Namespace, path.Name).View, []).ConfigureAwait(false);
                break;
            case ("scale", "GET"):
                await ApiResponse.WriteAsync(context, 200, ScaleView.Of(kind, objects.Get(kind, path.Namespace, path.Name).View)).ConfigureAwait(false);
                break;
            case ("status" or "finalize", "PUT"):
                await ReplaceAsync(context, kind, path).ConfigureAwait(false);
                break;
            case ("scale", "PUT"):
                var scale = await RequestBody.ObjectAsync(request, context.RequestAborted).ConfigureAwait(false);
                var scaled = await objects.ModifyAsync(kind, path.Namespace, path.Name, options, current => ScaleView.Apply(kind, current, scale), context.RequestAborted).ConfigureAwait(false);
                await ApiResponse.WriteAsync(context, 200, ScaleView.Of(kind, scaled), options.Warnings).ConfigureAwait(false);
                break;
            case ("status" or "scale", "PATCH"):
                var (patched, _) = await patches.PatchAsync(context, kind, path, options).ConfigureAwait(false);
                if (path.Subresource == "scale")
                {
                    await ApiResponse.WriteAsync(context, 200, ScaleView.Of(kind, patched), options.Warnings).ConfigureAwait(false);
                }
                else
                {
                    await AnswerAsync(context, kind, 200, patched, options.Warnings).ConfigureAwait(false);
                }

                break;
            case ("token", "POST"):
                var asked = await RequestBody.ObjectAsync(request, context.RequestAborted).ConfigureAwait(false);
                await ApiResponse.WriteAsync(context, 201, reviews.Request(path.Namespace!, path.Name, asked)).ConfigureAwait(false);
                break;
            case ("eviction", "POST"):
                var eviction = await RequestBody.ObjectAsync(request, context.RequestAborted).ConfigureAwait(false);
                await objects.DeleteAsync(kind, path.Namespace, path.Name, DeleteRequest.Read(eviction.Map("deleteOptions")), context.RequestAborted).ConfigureAwait(false);
                await ApiResponse.WriteAsync(context, 201, Success()).ConfigureAwait(false);
                break;
            case ("binding", "POST"):
                var binding = await RequestBody.ObjectAsync(request, context.RequestAborted).ConfigureAwait(false);
                await objects.ModifyAsync(kind, path.Namespace, path.Name, WriteOptions.By(options.Manager), current => Bind(current, binding.Text("target", "name")), context.RequestAborted).ConfigureAwait(false);
                await ApiResponse.WriteAsync(context, 201, Success()).ConfigureAwait(false);
                break;
            default:
                throw Refusal.MethodNotAllowed();
        }
    }

    private static JsonObject Success() => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["code"] = 201,
    };

    private static JsonObject Bind(JsonObject pod, string? node)
    {
        if (pod.Text("spec", "nodeName") is { Length: > 0 } taken)
        {
            throw Refusal.BadRequest($"pod {pod.Name()} is already assigned to node \"{taken}\"");
        }

        pod.Ensure("spec")["nodeName"] = node;
        return pod;
    }

    private async Task CreateAsync(HttpContext context, ResourceKind kind, ApiPath path, UserInfo user)
    {
        if (kind.Namespaced && path.Namespace is null)
        {
            throw Refusal.MethodNotAllowed();
        }

        var body = await RequestBody.ObjectAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        if (!kind.Can("get"))
        {
            await ApiResponse.WriteAsync(context, 201, reviews.Review(kind, body, user)).ConfigureAwait(false);
            return;
        }

        var options = Options(context.Request, string.Empty);
        var made = await objects.CreateAsync(kind, path.Namespace, body, options, context.RequestAborted).ConfigureAwait(false);
        await AnswerAsync(context, kind, 201, made, options.Warnings).ConfigureAwait(false);
    }

    private async Task ReplaceAsync(HttpContext context, ResourceKind kind, ApiPath path)
    {
        var body = await RequestBody.ObjectAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var options = Options(context.Request, path.Subresource);
        var made = await objects.ModifyAsync(kind, path.Namespace, path.Name, options, _ => body.Copy(), context.RequestAborted, patch: false).ConfigureAwait(false);
        await AnswerAsync(context, kind, 200, made, options.Warnings).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, ResourceKind kind, ApiPath path)
    {
        var request = await DeleteOptionsAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var (left, gone) = await objects.DeleteAsync(kind, path.Namespace, path.Name, request, context.RequestAborted).ConfigureAwait(false);
        if (gone && kind is not { Group: "", Plural: "pods" })
        {
            await ApiResponse.WriteAsync(context, 200, Refusal.Deleted(kind, path.Name, left.Uid())).ConfigureAwait(false);
        }
        else
        {
            await AnswerAsync(context, kind, 200, left, []).ConfigureAwait(false);
        }
    }

    private async Task DeleteManyAsync(HttpContext context, ResourceKind kind, ApiPath path)
    {
        var labels = Selectors.LabelSelector.Parse(Query.Text(context.Request, "labelSelector"));
        var fields = Selectors.FieldSelector.Parse(Query.Text(context.Request, "fieldSelector"), kind);
        var request = await DeleteOptionsAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        foreach (var item in objects.List(kind, path.Namespace).Where(item => labels.Matches(item.View.Map("metadata", "labels")) && fields.Matches(item.View)))
        {
            try
            {
                await objects.DeleteAsync(kind, item.Namespace, item.Name, request, context.RequestAborted).ConfigureAwait(false);
            }
            catch (ApiException refusal) when (refusal.Code == 404)
            {
                // Somebody else was faster.
            }
        }

        await ApiResponse.WriteAsync(context, 200, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" }).ConfigureAwait(false);
    }

    private static async Task<DeleteRequest> DeleteOptionsAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var bytes = await RequestBody.ReadAsync(request, cancellationToken).ConfigureAwait(false);
        var body = bytes.Length == 0 || Protobuf.ProtobufObjects.IsProtobuf(bytes) ? null : RequestBody.Parse(bytes) as JsonObject;
        var read = DeleteRequest.Read(body);
        return read with
        {
            DryRun = read.DryRun || Query.Text(request, "dryRun") == "All",
            GraceSeconds = read.GraceSeconds ?? Query.Number(request, "gracePeriodSeconds"),
            Propagation = read.Propagation ?? (Query.Text(request, "propagationPolicy") is { Length: > 0 } policy ? policy : null),
        };
    }

    private Task AnswerAsync(HttpContext context, ResourceKind kind, int code, JsonObject value, List<string> warnings)
    {
        if (kind.Custom?.Warning is { } warning)
        {
            warnings = [.. warnings, warning];
        }

        switch (AcceptHeader.Of(context.Request))
        {
            case Accepted.Table when code == 200 && context.Request.Method == "GET":
                var table = new Table(kind, columns.Of(kind), Query.Text(context.Request, "includeObject"));
                return ApiResponse.WriteAsync(context, code, table.Of([value], new JsonObject { ["resourceVersion"] = value.Text("metadata", "resourceVersion") }), warnings);
            case Accepted.PartialMetadata:
                return ApiResponse.WriteAsync(
                    context,
                    code,
                    new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = value.Map("metadata")?.DeepClone() },
                    warnings);
        }

        if (value.Text("apiVersion") != kind.ApiVersion)
        {
            value = value.Copy();
            value["apiVersion"] = kind.ApiVersion;
        }

        return ApiResponse.WriteAsync(context, code, value, warnings);
    }
}
