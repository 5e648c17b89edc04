using Blackstart.Core.Errors;
using Blackstart.Core.Execution;

namespace Blackstart.Core.Verdicts;

/// <summary>A verdict with its reason and what the process tells its caller.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="ExitCode">0 only for <see cref="Execution.Verdict.Recovered"/> with every objective met.</param>
public sealed record Judgement(Verdict Verdict, string Reason, ExitCode ExitCode);
