using System.Text.Json.Nodes;

namespace Blackstart.Lab.Cluster;

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object; empty for <see cref="WatchEventType.Synced"/>.</param>
internal sealed record WatchEvent(WatchEventType Type, JsonObject Object);
