using System.Text.Json.Nodes;
using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Security;

namespace Blackstart.Lab.Kubernetes.Http;

/// <summary>Answers the kinds that are asked and never kept: reviews of tokens and of access, and requests for tokens.</summary>
internal sealed class ReviewHandler(Authenticator authenticator, ServiceAccountTokens tokens, ObjectService objects)
{
    private const long DefaultSeconds = 3600;
    private const long LeastSeconds = 600;

    public JsonObject Review(ResourceKind kind, JsonObject body, UserInfo user)
    {
        var answer = body.Copy();
        answer["apiVersion"] = kind.ApiVersion;
        answer["kind"] = kind.Kind;
        answer.Ensure("metadata")["creationTimestamp"] = null;
        answer["status"] = kind.Kind switch
        {
            "TokenReview" => Token(body),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = User(user) },
            "SelfSubjectAccessReview" => Access(user.Trusted),
            _ => Access(Allowed(body)),
        };
        return answer;
    }

    /// <summary>The token subresource of a service account.</summary>
    public JsonObject Request(string @namespace, string name, JsonObject body)
    {
        var account = objects.Get(objects.Kinds.BuiltIn(string.Empty, "serviceaccounts"), @namespace, name);
        var seconds = body.Number("spec", "expirationSeconds") ?? DefaultSeconds;
        if (seconds < LeastSeconds)
        {
            throw Refusal.Invalid(
                new ResourceKind { Group = "authentication.k8s.io", Version = "v1", Kind = "TokenRequest", Plural = "tokenrequests", Namespaced = true },
                string.Empty,
                [Cause.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")]);
        }

        var audiences = body.List("spec", "audiences").Texts().ToList();
        if (audiences.Count == 0)
        {
            audiences.Add(ServiceAccountTokens.Audience);
        }

        string? pod = null;
        string? podUid = null;
        if (body.Text("spec", "boundObjectRef", "kind") == "Pod")
        {
            pod = body.Text("spec", "boundObjectRef", "name") ?? string.Empty;
            podUid = objects.Get(objects.Kinds.BuiltIn(string.Empty, "pods"), @namespace, pod).Uid;
        }

        var expires = objects.Clock.GetUtcNow().AddSeconds(seconds);
        var answer = body.Copy();
        answer["apiVersion"] = "authentication.k8s.io/v1";
        answer["kind"] = "TokenRequest";
        var metadata = answer.Ensure("metadata");
        metadata["name"] = name;
        metadata["namespace"] = @namespace;
        metadata["creationTimestamp"] = Timestamps.Now(objects.Clock);
        var spec = answer.Ensure("spec");
        spec["audiences"] = JsonAccess.Strings([.. audiences]);
        spec["expirationSeconds"] = seconds;
        answer["status"] = new JsonObject
        {
            ["token"] = tokens.Sign(new TokenClaims(@namespace, name, account.Uid, pod, podUid, audiences, expires)),
            ["expirationTimestamp"] = Timestamps.Of(expires),
        };
        return answer;
    }

    private static JsonObject Access(bool allowed) => new() { ["allowed"] = allowed };

    private static JsonObject User(UserInfo user)
    {
        var info = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
        {
            info["uid"] = user.Uid;
        }

        info["groups"] = JsonAccess.Strings([.. user.Groups]);
        return info;
    }

    // Nobody is granted anything by name, except the accounts that could show a token.
    private bool Allowed(JsonObject body)
    {
        if (body.List("spec", "groups").Texts().Contains("system:masters") || body.Text("spec", "user") == UserInfo.Administrator.Name)
        {
            return true;
        }

        return body.Text("spec", "user")?.Split(':') is ["system", "serviceaccount", var space, var name]
            && objects.Find(objects.Kinds.BuiltIn(string.Empty, "serviceaccounts"), space, name) is not null;
    }

    private JsonObject Token(JsonObject body)
    {
        var asked = body.List("spec", "audiences").Texts().ToList();
        var user = authenticator.Find(body.Text("spec", "token") ?? string.Empty, asked.Count == 0 ? [ServiceAccountTokens.Audience] : asked, out var common, out var reason);
        return user is null
            ? new JsonObject { ["user"] = new JsonObject(), ["error"] = reason }
            : new JsonObject { ["authenticated"] = true, ["user"] = User(user), ["audiences"] = JsonAccess.Strings([.. common]) };
    }
}
