namespace Blackstart.Lab.Erp;

/// <summary>What a customer holds in hand of an acknowledged record.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
/// <param name="Time">When it was written, milliseconds since 1970 (UTC).</param>
internal sealed record Receipt(long Number, string Sha256, long Time);
