using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault;

/// <summary>A request as the core sees it.</summary>
/// <param name="Operation">What is wanted.</param>
/// <param name="Path">Below <c>/v1/</c>, without a leading slash.</param>
/// <param name="Data">The body; empty when there was none.</param>
/// <param name="Query">The query's parameters.</param>
/// <param name="ClientToken">The token it carries, or null.</param>
internal sealed record VaultRequest(
    VaultOperation Operation,
    string Path,
    JsonObject Data,
    IReadOnlyDictionary<string, string> Query,
    string? ClientToken);
