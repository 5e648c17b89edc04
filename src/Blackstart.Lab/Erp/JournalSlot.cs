namespace Blackstart.Lab.Erp;

/// <summary>One slot of the journal.</summary>
/// <param name="Content">What it holds.</param>
/// <param name="Record">The record, when it is a valid one.</param>
internal readonly record struct JournalSlot(SlotContent Content, ErpRecord? Record);
