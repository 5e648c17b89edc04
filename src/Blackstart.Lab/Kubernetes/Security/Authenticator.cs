using System.Security.Cryptography;
using System.Text;
using Blackstart.Lab.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace Blackstart.Lab.Kubernetes.Security;

/// <summary>Finds out who asks: the administrator by a static token, a service account by a signed one, nobody otherwise.</summary>
internal sealed class Authenticator(string administratorToken, ServiceAccountTokens tokens, ObjectService objects)
{
    private readonly byte[] _administrator = SHA256.HashData(Encoding.UTF8.GetBytes(administratorToken));

    /// <summary>The user of a request, after impersonation.</summary>
    /// <exception cref="ApiException">401: a token that is none of ours.</exception>
    public UserInfo Authenticate(HttpRequest request)
    {
        var user = UserInfo.Anonymous;
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            user = Find(header["Bearer ".Length..].Trim(), [ServiceAccountTokens.Audience], out _, out _) ?? throw Refusal.Unauthorized();
        }

        if (request.Headers["Impersonate-User"].ToString() is { Length: > 0 } other)
        {
            if (!user.Trusted)
            {
                throw Refusal.ForbiddenPath(user.Name, "impersonate", other);
            }

            string[] groups = [.. request.Headers["Impersonate-Group"].OfType<string>(), "system:authenticated"];
            return new UserInfo(other, string.Empty, groups, groups.Contains("system:masters"));
        }

        return user;
    }

    /// <summary>The user that a token stands for; null with a reason when it stands for nobody.</summary>
    /// <param name="token">The token.</param>
    /// <param name="audiences">One of them must be among the token's.</param>
    /// <param name="common">The audiences they share.</param>
    /// <param name="reason">Why there is no user.</param>
    public UserInfo? Find(string token, IReadOnlyList<string> audiences, out IReadOnlyList<string> common, out string reason)
    {
        common = audiences;
        reason = string.Empty;
        if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), _administrator))
        {
            return UserInfo.Administrator;
        }

        if (tokens.Verify(token, out reason) is not { } claims)
        {
            return null;
        }

        common = [.. claims.Audiences.Intersect(audiences)];
        if (common.Count == 0)
        {
            reason = $"token audiences [{string.Join(' ', claims.Audiences)}] is invalid for the target audiences [{string.Join(' ', audiences)}]";
            return null;
        }

        var account = objects.Find(objects.Kinds.BuiltIn(string.Empty, "serviceaccounts"), claims.Namespace, claims.Name);
        if (account is null || account.Uid != claims.Uid)
        {
            reason = "service account token has been invalidated";
            return null;
        }

        if (claims.Pod is not null && objects.Find(objects.Kinds.BuiltIn(string.Empty, "pods"), claims.Namespace, claims.Pod)?.Uid != claims.PodUid)
        {
            reason = "service account token has been invalidated";
            return null;
        }

        return new UserInfo(
            $"system:serviceaccount:{claims.Namespace}:{claims.Name}",
            claims.Uid,
            ["system:serviceaccounts", $"system:serviceaccounts:{claims.Namespace}", "system:authenticated"],
            Trusted: true);
    }
}
