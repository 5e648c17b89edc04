using Blackstart.Longhorn.Choosing;

namespace Blackstart.Longhorn.Scanning;

/// <summary>The words for how a replica stands, as a scan prints them.</summary>
public static class StandingWords
{
    private static readonly (ReplicaStanding Standing, string Word)[] Words =
    [
        (ReplicaStanding.Best, "best"),
        (ReplicaStanding.Usable, "usable"),
        (ReplicaStanding.Stale, "stale"),
        (ReplicaStanding.Incomplete, "incomplete"),
        (ReplicaStanding.Empty, "empty"),
        (ReplicaStanding.InUse, "in use"),
        (ReplicaStanding.Unsupported, "unsupported (v2 data engine)"),
        (ReplicaStanding.Damaged, "damaged"),
    ];

    /// <summary>The word for a standing.</summary>
    /// <param name="standing">The standing.</param>
    public static string Of(ReplicaStanding standing) => Array.Find(Words, pair => pair.Standing == standing).Word;

    /// <summary>The standing that a word is for.</summary>
    /// <param name="word">One of the words.</param>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static ReplicaStanding Parse(string? word) =>
        Array.FindIndex(Words, pair => string.Equals(pair.Word, word, StringComparison.Ordinal)) is >= 0 and var index
            ? Words[index].Standing
            : throw new FormatException($"\"{word}\" is no verdict of a scan.");
}
