using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;

namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>The refusals of a Kubernetes API server, in its words.</summary>
internal static class Refusal
{
    public static ApiException NotFound(ResourceKind kind, string name) =>
        Make(404, "NotFound", $"{kind.QualifiedPlural} \"{name}\" not found", Details(kind, name));

    public static ApiException NoSuchResource() => Make(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiException MethodNotAllowed() => Make(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiException AlreadyExists(ResourceKind kind, string name, bool deleting) =>
        Make(409, "AlreadyExists", $"{(deleting ? "object is being deleted: " : string.Empty)}{kind.QualifiedPlural} \"{name}\" already exists", Details(kind, name));

    public static ApiException Conflict(ResourceKind kind, string name, string? detail = null) => Make(
        409,
        "Conflict",
        $"Operation cannot be fulfilled on {kind.QualifiedPlural} \"{name}\": {detail ?? "the object has been modified; please apply your changes to the latest version and try again"}",
        Details(kind, name));

    public static ApiException BadRequest(string message) => Make(400, "BadRequest", message, null);

    public static ApiException Unauthorized() => Make(401, "Unauthorized", "Unauthorized", null);

    public static ApiException Forbidden(ResourceKind kind, string? name, string detail, Cause? cause = null)
    {
        var details = Details(kind, name);
        if (cause is not null)
        {
            details["causes"] = new JsonArray(cause.ToJson());
        }

        var subject = string.IsNullOrEmpty(name) ? kind.QualifiedPlural : $"{kind.QualifiedPlural} \"{name}\"";
        return Make(403, "Forbidden", $"{subject} is forbidden: {detail}", details);
    }

    public static ApiException ForbiddenPath(string user, string verb, string path) =>
        Make(403, "Forbidden", $"forbidden: User \"{user}\" cannot {verb} path \"{path}\"", []);

    public static ApiException Invalid(ResourceKind kind, string name, IReadOnlyList<Cause> causes) => Invalid(kind.Group, kind.Kind, kind.QualifiedKind, name, causes);

    /// <summary>What a validating webhook refuses.</summary>
    public static ApiException Denied(string webhook, string message) => Make(422, "Invalid", $"admission webhook \"{webhook}\" denied the request: {message}", []);

    /// <summary>The one refusal that names the resource and not the kind: an update without a resourceVersion.</summary>
    public static ApiException VersionRequired(ResourceKind kind, string name) => Invalid(
        kind.Group,
        kind.Plural,
        kind.QualifiedPlural,
        name,
        [new Cause("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")]);

    /// <summary>The patch was read, but what it makes is no object of the kind.</summary>
    public static ApiException UnusablePatch(string detail) => Make(
        422,
        "Invalid",
        $" \"\" is invalid: patch: Invalid value: {detail}",
        new JsonObject { ["causes"] = new JsonArray(new Cause("FieldValueInvalid", "patch", $"Invalid value: {detail}").ToJson()) });

    /// <summary>A JSON patch that does not fit the object: a real server says no more than this.</summary>
    public static ApiException PatchDoesNotFit() => Make(422, "Invalid", "the server rejected our request due to an error in our request", []);

    public static ApiException UnsupportedMediaType(IEnumerable<string> accepted) =>
        Make(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted)}", null);

    public static ApiException Expired(long asked, long oldest) =>
        Make(410, "Expired", $"too old resource version: {asked} ({oldest})", null);

    public static ApiException Unavailable(string message) => Make(503, "ServiceUnavailable", message, null);

    public static ApiException ApplyConflict(string message, IEnumerable<Cause> causes) =>
        Make(409, "Conflict", message, new JsonObject { ["causes"] = new JsonArray([.. causes.Select(cause => cause.ToJson())]) });

    public static ApiException Internal(string message) => Make(500, "InternalError", $"Internal error occurred: {message}", null);

    /// <summary>The answer to a deletion that is done.</summary>
    public static JsonObject Deleted(ResourceKind kind, string name, string uid) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["details"] = new JsonObject { ["name"] = name, ["group"] = kind.Group.Length == 0 ? null : kind.Group, ["kind"] = kind.Plural, ["uid"] = uid },
    };

    private static JsonObject Details(ResourceKind kind, string? name)
    {
        var details = new JsonObject();
        if (!string.IsNullOrEmpty(name))
        {
            details["name"] = name;
        }

        if (kind.Group.Length > 0)
        {
            details["group"] = kind.Group;
        }

        details["kind"] = kind.Plural;
        return details;
    }

    private static ApiException Invalid(string group, string kind, string shownKind, string name, IReadOnlyList<Cause> causes)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }

        if (group.Length > 0)
        {
            details["group"] = group;
        }

        details["kind"] = kind;
        details["causes"] = new JsonArray([.. causes.Select(cause => cause.ToJson())]);
        var text = causes.Count == 1 ? causes[0].Text : $"[{string.Join(", ", causes.Select(cause => cause.Text))}]";
        return Make(422, "Invalid", $"{shownKind} \"{name}\" is invalid: {text}", details);
    }

    private static ApiException Make(int code, string reason, string message, JsonObject? details)
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
        };
        if (details is not null)
        {
            status["details"] = details;
        }

        status["code"] = code;
        return new ApiException(code, status);
    }
}
