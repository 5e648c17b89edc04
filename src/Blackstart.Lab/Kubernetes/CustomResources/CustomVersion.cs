using System.Text.Json.Nodes;

namespace Blackstart.Lab.Kubernetes.CustomResources;

/// <summary>What a definition says about one of its versions.</summary>
/// <param name="Definition">The definition's name.</param>
/// <param name="Schema">The structural schema, read when it is first needed.</param>
/// <param name="Columns">additionalPrinterColumns, if any.</param>
/// <param name="Warning">What to tell a client that uses this deprecated version.</param>
/// <param name="Terminating">Whether the definition is being deleted.</param>
/// <param name="StorageVersion">The apiVersion that objects are kept under.</param>
/// <param name="Source">The schema as the definition has it.</param>
/// <param name="Revision">The definition's resourceVersion.</param>
internal sealed record CustomVersion(string Definition, Lazy<StructuralSchema> Schema, JsonArray? Columns, string? Warning, bool Terminating, string StorageVersion, JsonObject? Source, string Revision);
