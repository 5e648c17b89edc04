using System.Text.Json.Nodes;

namespace Blackstart.Core.Execution;

/// <summary>One line of a journal.</summary>
/// <param name="At">When it was written, UTC.</param>
/// <param name="Kind">One of the constants of <see cref="JournalKinds"/>.</param>
/// <param name="Data">The rest of the line.</param>
public sealed record JournalEntry(DateTimeOffset At, string Kind, JsonObject Data);
