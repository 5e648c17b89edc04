namespace Blackstart.Lab.Vault;

/// <summary>Who this Vault is: said only while it is open, because it is sealed with the rest.</summary>
internal sealed record Cluster(string Id, string Name)
{
    public const string Path = "core/cluster";
}
