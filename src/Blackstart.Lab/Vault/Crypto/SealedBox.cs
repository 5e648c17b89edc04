using System.Security.Cryptography;
using System.Text;

namespace Blackstart.Lab.Vault.Crypto;

/// <summary>AES-256-GCM: nonce (12), tag (16), ciphertext. The name under which a box is stored is authenticated with it, so boxes cannot be swapped.</summary>
internal static class SealedBox
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Close(ReadOnlySpan<byte> key, string name, ReadOnlySpan<byte> content)
    {
        var box = new byte[NonceLength + TagLength + content.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(
            box.AsSpan(0, NonceLength),
            content,
            box.AsSpan(NonceLength + TagLength),
            box.AsSpan(NonceLength, TagLength),
            Encoding.UTF8.GetBytes(name));
        return box;
    }

    /// <summary>The content, or an error when the key, the name or a byte is wrong.</summary>
    /// <exception cref="CryptographicException">It does not open.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, string name, ReadOnlySpan<byte> box)
    {
        if (box.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("The box is too short.");
        }

        var content = new byte[box.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        cipher.Decrypt(
            box[..NonceLength],
            box[(NonceLength + TagLength)..],
            box.Slice(NonceLength, TagLength),
            content,
            Encoding.UTF8.GetBytes(name));
        return content;
    }
}
