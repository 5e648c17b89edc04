using Blackstart.Core.Errors;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Isolation;

/// <summary>
/// The boundary's proof that one effect may land on one target, now. Only <see cref="Boundary"/> makes one; every method that
/// changes a system takes one and calls <see cref="Demand"/> before the first effect.
/// </summary>
public sealed class Clearance
{
    private readonly TimeProvider _time;

    internal Clearance(string environment, Target target, Effect effect, string identity, DateTimeOffset expiresAt, TimeProvider time)
    {
        Environment = environment;
        Target = target;
        Effect = effect;
        Identity = identity;
        ExpiresAt = expiresAt;
        _time = time;
    }

    /// <summary>The environment the effect lands in.</summary>
    public string Environment { get; }

    /// <summary>The system the effect lands on.</summary>
    public Target Target { get; }

    /// <summary>The strongest effect it covers.</summary>
    public Effect Effect { get; }

    /// <summary>What the target said of itself when it was asked.</summary>
    public string Identity { get; }

    /// <summary>After this moment the clearance proves nothing.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Holds the clearance against taking back what was made under it, which may be hours later: only the target counts.</summary>
    /// <exception cref="BlackstartException"><c>BS2005</c>: it is for another target, or never covered a change.</exception>
    public void DemandTakingBack(Target target)
    {
        if (target != Target || Effect < Effect.Change)
        {
            throw Mismatch(target, Effect.Change);
        }
    }

    /// <summary>Holds the clearance against the effect about to happen.</summary>
    /// <exception cref="BlackstartException"><c>BS2005</c> it is for another target or a weaker effect; <c>BS2006</c> it has expired.</exception>
    public void Demand(Target target, Effect effect)
    {
        if (target != Target || effect > Effect)
        {
            throw Mismatch(target, effect);
        }

        if (_time.GetUtcNow() > ExpiresAt)
        {
            throw new BlackstartException(
                "BS2006",
                ExitCode.Refused,
                $"{Words.Of(effect)} on {target}",
                $"its clearance expired at {ExpiresAt:O}",
                "Resume the run: it asks for a new one");
        }
    }

    private BlackstartException Mismatch(Target target, Effect effect) => new(
        "BS2005",
        ExitCode.Refused,
        $"{Words.Of(effect)} on {target}",
        $"the clearance at hand is for {Words.Of(Effect)} on {Target}",
        "This is a fault of the plan: report it with `blackstart run show`");
}
