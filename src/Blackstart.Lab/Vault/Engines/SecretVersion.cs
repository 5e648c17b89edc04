using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>One version of a KV 2 secret; destroyed, its data is gone.</summary>
internal sealed record SecretVersion(long Version, DateTimeOffset CreatedTime, DateTimeOffset? DeletionTime, bool Destroyed, JsonObject? Data);
