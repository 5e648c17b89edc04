namespace Blackstart.Lab.Erp.Acceptance;

/// <summary>A record or document that was found as its receipt says.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Time">When it was written.</param>
/// <param name="Sha256">Its digest, lower-case hex.</param>
public sealed record AcceptedItem(long Number, DateTimeOffset Time, string Sha256);
