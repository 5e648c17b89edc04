using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Policies;

/// <summary>Keeps policies. <c>root</c> is built in and stands for everything; <c>default</c> is given to every token that does not decline it.</summary>
internal sealed class PolicyStore(SealBarrier barrier)
{
    private const string Prefix = "policy/";

    /// <summary>What every token may do for itself.</summary>
    public const string DefaultRules = """
        # What a token may ask and do about itself and its leases.
        path "auth/token/lookup-self" { capabilities = ["read"] }
        path "auth/token/renew-self" { capabilities = ["update"] }
        path "auth/token/revoke-self" { capabilities = ["update"] }
        path "sys/capabilities-self" { capabilities = ["update"] }
        path "sys/leases/lookup" { capabilities = ["update"] }
        path "sys/leases/renew" { capabilities = ["update"] }
        path "sys/renew" { capabilities = ["update"] }
        path "cubbyhole/*" { capabilities = ["create", "read", "update", "delete", "list"] }
        """;

    /// <summary>Where the default policy is stored.</summary>
    public static string PathOf(string name) => Prefix + name;

    public Policy? Find(string name) => name == "root" ? new Policy("root", string.Empty) : barrier.Get<Policy>(PathOf(name));

    public IReadOnlyList<string> Names() => [.. barrier.Children(Prefix).Append("root").Order(StringComparer.Ordinal)];

    /// <summary>Writes a policy; it holds from the next request on.</summary>
    /// <exception cref="VaultFault">400: not a policy, or one that cannot be changed.</exception>
    public Task PutAsync(string name, string rules, CancellationToken cancellationToken)
    {
        if (name == "root")
        {
            throw new VaultFault(400, "cannot update \"root\" policy");
        }

        PolicyParser.Parse(rules);
        return barrier.PutAsync(PathOf(name), new Policy(name, rules), cancellationToken);
    }

    /// <summary>Deletes a policy; one that is gone is no error.</summary>
    /// <exception cref="VaultFault">400: one that cannot be deleted.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => name is "root" or "default"
        ? throw new VaultFault(400, $"cannot delete \"{name}\" policy")
        : barrier.DeleteAsync(PathOf(name), cancellationToken);

    /// <summary>What policies together allow; one that is gone allows nothing.</summary>
    public AccessControl AccessOf(IReadOnlyList<string> names) => new(
        names.Contains("root"),
        [.. names.Select(Find).OfType<Policy>().SelectMany(policy => PolicyParser.Parse(policy.Rules))]);
}
