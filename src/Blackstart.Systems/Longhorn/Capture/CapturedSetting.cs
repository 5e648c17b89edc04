namespace Blackstart.Systems.Longhorn.Capture;

/// <summary>The value that a setting of Longhorn had.</summary>
/// <param name="Name">Its name, such as <c>auto-salvage</c>.</param>
/// <param name="Value">Its value as Longhorn stores it; empty is a value too.</param>
/// <param name="Manifest">The Setting object, as <c>kubectl apply</c> takes it.</param>
internal sealed record CapturedSetting(string Name, string Value, string Manifest);
