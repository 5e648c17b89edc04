namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>How a write is meant: its query parameters, and what is to be told to the client beside the answer.</summary>
internal sealed class WriteOptions
{
    public bool DryRun { get; init; }

    /// <summary>Strict, Warn or Ignore.</summary>
    public string FieldValidation { get; init; } = "Warn";

    public string Manager { get; init; } = "unknown";

    public string Subresource { get; init; } = string.Empty;

    public bool Force { get; init; }

    /// <summary>Texts of Warning headers.</summary>
    public List<string> Warnings { get; } = [];

    public static WriteOptions By(string manager, string subresource = "") => new() { Manager = manager, Subresource = subresource, FieldValidation = "Ignore" };
}
