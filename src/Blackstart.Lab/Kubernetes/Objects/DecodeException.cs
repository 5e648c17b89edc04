namespace Blackstart.Lab.Kubernetes.Objects;

/// <summary>A value does not have the type its kind says.</summary>
internal sealed class DecodeException(string message) : Exception(message);
