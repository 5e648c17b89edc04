using Blackstart.Core.Errors;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Isolation;

/// <summary>
/// The isolation boundary between sandbox and production, and the only maker of <see cref="Clearance"/>. It refuses by default:
/// an effect may land only where the target itself, asked at that moment, states an identity recorded for that environment.
/// </summary>
public sealed class Boundary(IReadOnlyList<BoundaryEnvironment> environments, IIdentitySource source, TimeProvider time)
{
    /// <summary>How long a clearance proves anything. Longer than any single step's timeout would need a fresh look.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMinutes(10);

    /// <summary>How long a target may take to say who it is.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>Proves where one effect would land, or refuses.</summary>
    /// <exception cref="BlackstartException">
    /// Exit code 3. <c>BS2001</c> unknown environment; <c>BS2002</c> the effect or purpose is not allowed on production;
    /// <c>BS2003</c> the target does not say who it is; <c>BS2004</c> it is not the system recorded for this environment;
    /// <c>BS2008</c> nothing is recorded for the target; <c>BS2009</c> it is production's system.
    /// </exception>
    public async Task<Clearance> AuthorizeAsync(string environment, Target target, Effect effect, Purpose purpose, CancellationToken cancellationToken)
    {
        var attempted = $"{Words.Of(effect)} on {target} of '{environment}'";
        var place = environments.FirstOrDefault(e => string.Equals(e.Name, environment, StringComparison.Ordinal))
            ?? throw Refusal("BS2001", attempted, "there is no such environment", "Name one that blackstart.yaml declares");
        if (place.IsProduction && (effect == Effect.Destroy || purpose == Purpose.Drill))
        {
            throw OnProduction(attempted, environment);
        }

        var identity = await AskAsync(environment, target, attempted, cancellationToken);
        if (identity is null && target.System == SystemKind.Vault)
        {
            identity = await VouchAsync(place, attempted, cancellationToken);
        }
        else if (identity is null)
        {
            throw Refusal("BS2003", attempted, "the target answers, but does not say who it is", "Check the endpoint in blackstart.yaml");
        }
        else
        {
            Compare(place, target, identity, attempted);
        }

        return new Clearance(environment, target, effect, identity, time.GetUtcNow() + Validity, time);
    }

    /// <summary>The refusal of anything that would break production on purpose.</summary>
    internal static BlackstartException OnProduction(string attempted, string environment) =>
        Refusal("BS2002", attempted, $"'{environment}' is production, where nothing is broken on purpose", "Run it with --environment and a sandbox's name");

    /// <summary>A sealed Vault keeps its cluster ID to itself: the cluster that runs it stands in for it, and the unseal gate asks the Vault itself afterwards.</summary>
    private async Task<string> VouchAsync(BoundaryEnvironment place, string attempted, CancellationToken cancellationToken)
    {
        var cluster = await AskAsync(place.Name, Target.Kubernetes, attempted, cancellationToken)
            ?? throw Refusal("BS2003", attempted, "Vault is sealed and the cluster that runs it does not say who it is", "Check the endpoint in blackstart.yaml");
        Compare(place, Target.Kubernetes, cluster, attempted);
        return $"sealed, in kubernetes {cluster}";
    }

    private void Compare(BoundaryEnvironment place, Target target, string identity, string attempted)
    {
        var foreign = environments.Where(e => e != place && e.IsProduction).FirstOrDefault(e => e.Identities.Holder(target.System, identity) is not null);
        if (foreign is not null)
        {
            throw Refusal("BS2009", attempted, $"{target} says it is {identity}, which is '{foreign.Name}'", "The endpoint of this environment leads to production: mend blackstart.yaml before anything else");
        }

        var recorded = place.Identities.Of(target)
            ?? throw Refusal("BS2008", attempted, $"no identity of {target} is recorded for '{place.Name}'", "Record its identities first; what is unknown is refused");
        if (!string.Equals(recorded, identity, StringComparison.Ordinal))
        {
            throw Refusal("BS2004", attempted, $"{target} says it is {identity}, but '{place.Name}' has {recorded} on record", "Check where the endpoint in blackstart.yaml leads; record the identities again only if the system was replaced on purpose");
        }
    }

    private async Task<string?> AskAsync(string environment, Target target, string attempted, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(AnswerTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await source.AskAsync(environment, target, both.Token) is { } identity && !string.IsNullOrWhiteSpace(identity) ? identity : null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever goes wrong while asking is a refusal: what cannot be proven does not happen.
            var cause = e switch
            {
                OperationCanceledException => $"it gave no answer within {AnswerTime.TotalSeconds:0} s",
                BlackstartException known => $"{known.Attempted}: {known.Cause}",
                _ => e.Message.TrimEnd('.'),
            };
            throw Refusal("BS2003", attempted, $"{target} could not be asked who it is: {cause}", "Bring the endpoint up, or correct it in blackstart.yaml", e);
        }
    }

    private static BlackstartException Refusal(string code, string attempted, string cause, string remedy, Exception? inner = null) =>
        new(code, ExitCode.Refused, attempted, cause, remedy, inner);
}
