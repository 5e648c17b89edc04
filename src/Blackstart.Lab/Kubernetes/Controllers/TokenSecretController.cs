using System.Text;
using Blackstart.Lab.Kubernetes.Objects;
using Blackstart.Lab.Kubernetes.Security;
using Blackstart.Lab.Kubernetes.Storage;

namespace Blackstart.Lab.Kubernetes.Controllers;

/// <summary>Fills Secrets of the type <c>kubernetes.io/service-account-token</c>, and deletes them with their service account.</summary>
internal sealed class TokenSecretController(ObjectService objects, ServiceAccountTokens tokens, string authorityPem) : Controller(objects)
{
    private const string SecretType = "kubernetes.io/service-account-token";
    private const string NameAnnotation = "kubernetes.io/service-account.name";
    private const string UidAnnotation = "kubernetes.io/service-account.uid";

    /// <summary>Such a token ends with its Secret or its service account; this is only longer than either lives here.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(3650);

    protected override string Name => "tokens-controller";

    protected override IEnumerable<string> Concerns(StoreEvent change)
    {
        if (change.Type != StoreEventType.Deleted && change.Key.StartsWith(Core("secrets").StoragePrefix, StringComparison.Ordinal))
        {
            if (change.Object.View.Text("type") == SecretType)
            {
                yield return $"{change.Object.Namespace}/{change.Object.Name}";
            }
        }
        else if (change.Key.StartsWith(Core("serviceaccounts").StoragePrefix, StringComparison.Ordinal))
        {
            // A Secret may be made before its service account, and outlives it until it is seen here.
            var prefix = $"{Core("secrets").StoragePrefix}{change.Object.Namespace}/";
            foreach (var secret in Objects.Store.All().Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)
                && item.View.Text("type") == SecretType
                && item.View.Text("metadata", "annotations", NameAnnotation) == change.Object.Name))
            {
                yield return $"{secret.Namespace}/{secret.Name}";
            }
        }
    }

    protected override async Task ReconcileAsync(string key, CancellationToken cancellationToken)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var (home, name) = (key[..slash], key[(slash + 1)..]);
        if (Objects.Find(Core("secrets"), home, name) is not { } secret || secret.View.IsDeleting())
        {
            return;
        }

        var account = Objects.Find(Core("serviceaccounts"), home, secret.View.Text("metadata", "annotations", NameAnnotation) ?? string.Empty);
        var filledFor = secret.View.Text("metadata", "annotations", UidAnnotation);
        if (account is null || (filledFor is not null && filledFor != account.Uid))
        {
            if (filledFor is not null)
            {
                await Objects.DeleteAsync(Core("secrets"), home, name, new DeleteRequest { Uid = secret.Uid }, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        if (secret.View.Text("data", "token") is not null)
        {
            return;
        }

        var claims = new TokenClaims(home, account.Name, account.Uid, null, null, [ServiceAccountTokens.Audience], Objects.Clock.GetUtcNow() + Life);
        await Objects.ModifyAsync(
            Core("secrets"),
            home,
            name,
            Options(),
            current =>
            {
                current.Ensure("metadata").Ensure("annotations")[UidAnnotation] = account.Uid;
                var data = current.Ensure("data");
                data["ca.crt"] = Encode(authorityPem);
                data["namespace"] = Encode(home);
                data["token"] = Encode(tokens.Sign(claims));
                return current;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
