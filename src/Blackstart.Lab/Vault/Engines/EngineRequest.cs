using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Tokens;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>A request as an engine sees it.</summary>
/// <param name="Mount">The mount it came in through.</param>
/// <param name="Operation">What is wanted.</param>
/// <param name="Path">Below the mount.</param>
/// <param name="Data">The body; empty when there was none.</param>
/// <param name="Query">The query's parameters.</param>
/// <param name="ClientToken">The token it carries; empty where none is needed.</param>
/// <param name="Token">The token's entry; null where none is needed.</param>
internal sealed record EngineRequest(
    MountEntry Mount,
    VaultOperation Operation,
    string Path,
    JsonObject Data,
    IReadOnlyDictionary<string, string> Query,
    string ClientToken,
    TokenEntry? Token)
{
    public string Storage => Mount.Storage;

    public static VaultFault UnsupportedPath => VaultFault.Collected(404, "unsupported path");

    public static VaultFault UnsupportedOperation => VaultFault.Collected(405, "unsupported operation");
}
