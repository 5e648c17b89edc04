using System.Buffers;

namespace Blackstart.Longhorn;

/// <summary>A SHA-256 of content.</summary>
public readonly record struct Sha256Digest
{
    private const int HexLength = 64;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");
    private readonly string? _hex;

    private Sha256Digest(string hex) => _hex = hex;

    /// <summary>Reads 64 lowercase or uppercase hexadecimal digits.</summary>
    /// <param name="hex">The digits.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Sha256Digest Parse(string hex)
    {
        ArgumentNullException.ThrowIfNull(hex);
        var lower = hex.ToLowerInvariant();
        return lower.Length == HexLength && lower.AsSpan().IndexOfAnyExcept(Digits) < 0
            ? new Sha256Digest(lower)
            : throw new FormatException("A SHA-256 is 64 hexadecimal digits.");
    }

    /// <summary>64 lowercase hexadecimal digits.</summary>
    public override string ToString() => _hex ?? new string('0', HexLength);

    internal static Sha256Digest From(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));
}
