namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>Who writes, and how.</summary>
/// <param name="Name">The fieldManager of the request, or the program in its User-Agent.</param>
/// <param name="Subresource">status, scale or empty.</param>
/// <param name="Time">Now, as the API writes times.</param>
internal sealed record FieldManager(string Name, string Subresource, string Time);
