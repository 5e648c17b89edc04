using System.Globalization;
using System.Text;

namespace Blackstart.Longhorn.Replicas;

/// <summary>The optional file <c>revision.counter</c>: a decimal number in ASCII, padded with NUL to 4096 bytes (engine: <c>pkg/replica/revision_counter.go</c>).</summary>
internal static class RevisionCounter
{
    internal const string FileName = "revision.counter";
    internal const int FileLength = 4096;

    internal static bool TryParse(ReadOnlySpan<byte> content, out long value)
    {
        var end = content.IndexOf((byte)0);
        var digits = end < 0 ? content : content[..end];
        value = 0;
        return digits.Length <= 20
            && long.TryParse(Encoding.ASCII.GetString(digits), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
