namespace Blackstart.Longhorn.Replicas;

/// <summary>A metadata file is not what the engine writes.</summary>
internal sealed class MetadataException(string code, string reason) : Exception(reason)
{
    internal string Code { get; } = code;
}
