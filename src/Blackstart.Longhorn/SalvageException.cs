namespace Blackstart.Longhorn;

/// <summary>Reading or writing could not go on, for a reason that an operator can do something about.</summary>
/// <param name="code">Stable code, <c>BS5</c> and three digits.</param>
/// <param name="reason">What is wrong, naming the file.</param>
/// <param name="inner">The failure underneath.</param>
public sealed class SalvageException(string code, string reason, Exception? inner = null)
    : Exception($"{code}: {Printable.Of(reason)}", inner)
{
    /// <summary>Stable code, <c>BS5</c> and three digits; see <see cref="SalvageCode"/>.</summary>
    public string Code { get; } = code;

    /// <summary>What is wrong, naming the file; a sentence without its full stop, made harmless for a terminal.</summary>
    public string Reason { get; } = Printable.Of(reason);

    /// <summary>What to do next.</summary>
    public string Remedy => SalvageCode.RemedyOf(Code);
}
