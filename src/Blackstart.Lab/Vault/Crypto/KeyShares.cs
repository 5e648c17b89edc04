using System.Security.Cryptography;

namespace Blackstart.Lab.Vault.Crypto;

/// <summary>
/// Shamir's secret sharing, a polynomial for each byte. A share is the secret's length and one byte more: the values, then
/// the point at which they were taken, which is how Vault lays its unseal keys out.
/// </summary>
internal static class KeyShares
{
    /// <summary>Splits a secret so that any <paramref name="threshold"/> of the shares give it back and fewer say nothing.</summary>
    /// <param name="secret">The secret's bytes.</param>
    /// <param name="shares">How many shares: 2 to 255.</param>
    /// <param name="threshold">How many of them are needed: 2 to <paramref name="shares"/>.</param>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int shares, int threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shares, 255);
        ArgumentOutOfRangeException.ThrowIfLessThan(shares, threshold);
        var points = Enumerable.Range(1, 255).Select(point => (byte)point).ToArray();
        RandomNumberGenerator.Shuffle<byte>(points);
        var result = new byte[shares][];
        for (var share = 0; share < shares; share++)
        {
            result[share] = new byte[secret.Length + 1];
            result[share][^1] = points[share];
        }

        Span<byte> coefficients = stackalloc byte[threshold];
        for (var index = 0; index < secret.Length; index++)
        {
            RandomNumberGenerator.Fill(coefficients);
            coefficients[0] = secret[index];
            foreach (var share in result)
            {
                byte value = 0;
                for (var degree = threshold - 1; degree >= 0; degree--)
                {
                    value = GaloisField.Add(GaloisField.Multiply(value, share[^1]), coefficients[degree]);
                }

                share[index] = value;
            }
        }

        CryptographicOperations.ZeroMemory(coefficients);
        return result;
    }

    /// <summary>Interpolates at zero. Wrong shares give a wrong secret: only what the secret opens can tell.</summary>
    /// <exception cref="ArgumentException">Fewer than two shares, unequal lengths, or the same point twice.</exception>
    public static byte[] Combine(IReadOnlyList<byte[]> shares)
    {
        if (shares.Count < 2 || shares.Any(share => share.Length < 2 || share.Length != shares[0].Length))
        {
            throw new ArgumentException("All parts must be the same length, two bytes or more, and there must be two of them.", nameof(shares));
        }

        if (shares.Select(share => share[^1]).Distinct().Count() != shares.Count)
        {
            throw new ArgumentException("The same part was given twice.", nameof(shares));
        }

        var secret = new byte[shares[0].Length - 1];
        for (var share = 0; share < shares.Count; share++)
        {
            byte basis = 1;
            for (var other = 0; other < shares.Count; other++)
            {
                if (other != share)
                {
                    var difference = GaloisField.Add(shares[other][^1], shares[share][^1]);
                    basis = GaloisField.Multiply(basis, GaloisField.Multiply(shares[other][^1], GaloisField.Invert(difference)));
                }
            }

            for (var index = 0; index < secret.Length; index++)
            {
                secret[index] = GaloisField.Add(secret[index], GaloisField.Multiply(basis, shares[share][index]));
            }
        }

        return secret;
    }
}
