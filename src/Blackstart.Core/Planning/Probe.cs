namespace Blackstart.Core.Planning;

/// <summary>A read-only question about the data plane with a yes/no answer and a reason.</summary>
/// <param name="Id">Stable within its component, such as <c>vault-data</c>.</param>
/// <param name="Question">The question as a statement that should hold, such as "volume erp-data serves its data".</param>
/// <param name="AskAsync">Puts the question. Failures to ask may be thrown; <see cref="AnswerAsync"/> turns them into <see cref="ProbeAnswer.Unknown"/>.</param>
public sealed record Probe(string Id, string Question, Func<StepContext, CancellationToken, Task<ProbeAnswer>> AskAsync)
{
    /// <summary>Puts the question; a failure to ask is an answer too.</summary>
    public async Task<ProbeAnswer> AnswerAsync(StepContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(context, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeAnswer.Unknown(e is Errors.BlackstartException known ? $"{known.Code} {known.Attempted}: {known.Cause}" : e.Message);
        }
    }

    /// <summary>The negative control of this probe: holds exactly when the system was asked and said no, or did not answer at all.</summary>
    public Probe Red() => new(
        Id,
        $"seen red: {Question}",
        async (context, cancellationToken) =>
        {
            var answer = await AnswerAsync(context, cancellationToken);
            return answer.Holds
                ? ProbeAnswer.No($"still green after the fault: {answer.Reason}")
                : ProbeAnswer.Yes(answer.Reason);
        });
}
