using Blackstart.Longhorn.Content;

namespace Blackstart.Longhorn.Scanning;

/// <summary>The words for what a volume holds.</summary>
public static class ContentWords
{
    private static readonly (ContentKind Kind, string Word)[] Words =
    [
        (ContentKind.Unknown, "unknown"),
        (ContentKind.Blank, "blank"),
        (ContentKind.Ext2, "ext2"),
        (ContentKind.Ext3, "ext3"),
        (ContentKind.Ext4, "ext4"),
        (ContentKind.Xfs, "xfs"),
        (ContentKind.Luks, "luks"),
        (ContentKind.Partitions, "partitions"),
    ];

    /// <summary>The word for a kind of content.</summary>
    /// <param name="kind">The kind.</param>
    public static string Of(ContentKind kind) => Array.Find(Words, pair => pair.Kind == kind).Word;

    /// <summary>The kind of content that a word is for.</summary>
    /// <param name="word">One of the words.</param>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static ContentKind Parse(string? word) =>
        Array.FindIndex(Words, pair => string.Equals(pair.Word, word, StringComparison.Ordinal)) is >= 0 and var index
            ? Words[index].Kind
            : throw new FormatException($"\"{word}\" is no kind of content.");
}
