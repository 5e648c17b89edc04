using Blackstart.Lab.Vault.Crypto;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Who logs in, over all logins.</summary>
internal static class Entities
{
    /// <summary>The entity of an alias: the same one at every login through the mount.</summary>
    public static async Task<string> EntityOfAsync(this SealBarrier barrier, MountEntry mount, string alias, CancellationToken cancellationToken)
    {
        var path = $"{mount.Storage}entity/{alias}";
        if (barrier.Get<string>(path) is { } known)
        {
            return known;
        }

        var entity = Guid.NewGuid().ToString();
        await barrier.PutAsync(path, entity, cancellationToken);
        return entity;
    }
}
