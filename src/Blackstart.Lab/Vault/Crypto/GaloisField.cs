namespace Blackstart.Lab.Vault.Crypto;

/// <summary>The field of 256 elements with the polynomial x⁸+x⁴+x³+x+1 (0x11B, as in AES), in which Vault's key shares are computed.</summary>
internal static class GaloisField
{
    public static byte Add(byte left, byte right) => (byte)(left ^ right);

    public static byte Multiply(byte left, byte right)
    {
        // No table and no branch on a secret: what is multiplied are bytes of keys.
        var product = 0;
        var shifted = (int)left;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= -((right >> bit) & 1) & shifted;
            shifted = (shifted << 1) ^ (-(shifted >> 7) & 0x11B);
        }

        return (byte)product;
    }

    /// <summary>The inverse, as the 254th power; 0 for 0.</summary>
    public static byte Invert(byte value)
    {
        var result = value;
        for (var step = 0; step < 6; step++)
        {
            result = Multiply(Multiply(result, result), value);
        }

        return Multiply(result, result);
    }
}
