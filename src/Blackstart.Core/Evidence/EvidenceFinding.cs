namespace Blackstart.Core.Evidence;

/// <summary>Something that is not as it was sealed.</summary>
/// <param name="Code">Stable code, <c>BS31</c> and two digits, listed in docs/reference/errors.md.</param>
/// <param name="File">Name of the file in the folder.</param>
/// <param name="Message">What was found, as a sentence without its full stop.</param>
public sealed record EvidenceFinding(string Code, string File, string Message);
