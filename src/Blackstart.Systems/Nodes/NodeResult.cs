using System.Text.Json.Nodes;

namespace Blackstart.Systems.Nodes;

/// <summary>What a command on a node came to.</summary>
/// <param name="ExitCode">0; 1 when the answer is negative; 2 when it could not be done; 64 for wrong use.</param>
/// <param name="Document">The JSON document it printed.</param>
internal sealed record NodeResult(int ExitCode, JsonObject Document);
