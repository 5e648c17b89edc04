using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>The single values that a declaration is made of.</summary>
internal static partial class Scalars
{
    private const string NamePattern = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$";

    // Kubernetes object names: RFC 1123 subdomains.
    private const string NodeNamePattern = "^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$";

    private const string SshAddressPattern = "^([A-Za-z0-9_][-.A-Za-z0-9_]*@)?[A-Za-z0-9_\\[:][-.:A-Za-z0-9_\\]%]*$";

    /// <summary>Name of a thing declared in the file.</summary>
    public static Shape<string> Name { get; } = new ScalarShape<string>(
        "a name",
        (text, _) => NameForm().IsMatch(text) ? text : Parsed<string>.Bad,
        "BS1014",
        _ => "Use lower-case letters, digits and '-', 63 at most, beginning and ending with a letter or digit",
        () => String(pattern: NamePattern));

    /// <summary>Name of a machine.</summary>
    public static Shape<string> NodeName { get; } = new ScalarShape<string>(
        "the name of a node",
        (text, _) => NodeNameForm().IsMatch(text) ? text : Parsed<string>.Bad,
        "BS1014",
        _ => "Use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
        () => String(pattern: NodeNamePattern));

    /// <summary>Any text that is not empty.</summary>
    public static Shape<string> Text { get; } = new ScalarShape<string>(
        "a text", (text, _) => text, "BS1019", _ => "Write a text", () => String(minLength: 1));

    /// <summary>A path, made absolute.</summary>
    public static Shape<string> FilePath { get; } = new ScalarShape<string>(
        "a path",
        (text, reading) => text.Length <= 4096 && !text.Any(char.IsControl) ? reading.Resolve(text) : Parsed<string>.Bad,
        "BS1019",
        _ => "Write a path; a relative one starts at the folder of this file",
        () => String(minLength: 1));

    /// <summary>What is given to ssh as the destination: never an option, never a command.</summary>
    public static Shape<string> SshAddress { get; } = new ScalarShape<string>(
        "an ssh destination",
        (text, _) => SshAddressForm().IsMatch(text) ? text : Parsed<string>.Bad,
        "BS1026",
        _ => "Write host, user@host, or a Host of the ssh configuration; ports and keys belong into that configuration",
        () => String(pattern: SshAddressPattern));

    /// <summary>A duration.</summary>
    public static Shape<TimeSpan> Duration { get; } = new ScalarShape<TimeSpan>(
        "a duration",
        (text, _) => DurationText.TryParse(text, out var value) ? value : Parsed<TimeSpan>.Bad,
        "BS1015",
        _ => "Write whole numbers with units, largest first: 90s, 5m, 1h30m, 2d; nothing is 0s",
        () => String(pattern: $"^{DurationText.Pattern}$"));

    /// <summary>A TCP port.</summary>
    public static Shape<int> Port { get; } = Number("a port", 1, 65535);

    /// <summary>A whole number that is not negative.</summary>
    public static Shape<int> Count { get; } = Number("a whole number", 0, int.MaxValue);

    /// <summary>A network in CIDR notation.</summary>
    public static Shape<IPNetwork> Network { get; } = new ScalarShape<IPNetwork>(
        "a network",
        (text, _) => CidrForm().IsMatch(text) && IPNetwork.TryParse(text, out var value) && IsNetworkAddress(text, value)
            ? value
            : Parsed<IPNetwork>.Bad,
        "BS1017",
        _ => "Write it as address/prefix with all host bits zero, such as 192.0.2.0/24 or 2001:db8::/32",
        () => String(pattern: "^[0-9A-Fa-f:.]+/[0-9]{1,3}$"));

    /// <summary>An address with one of the schemes, a host, and no credentials.</summary>
    public static Shape<Uri> Address(params string[] schemes) => new ScalarShape<Uri>(
        "an address",
        (text, _) => IsAddress(text, schemes, out var value) ? value! : Parsed<Uri>.Bad,
        "BS1018",
        _ => $"Write {string.Join(" or ", schemes.Select(s => $"{s}://host"))}, with a port if need be and without user, password, query or fragment",
        () => String(pattern: $"^({string.Join('|', schemes)})://"));

    /// <summary>One of a few words.</summary>
    public static Shape<T> OneOf<T>(string wanted, params (string Word, T Value)[] choices) => new ScalarShape<T>(
        wanted,
        (text, _) => choices.Where(c => string.Equals(c.Word, text, StringComparison.Ordinal)).Select(c => (Parsed<T>)c.Value).FirstOrDefault(),
        "BS1013",
        text => Suggestion.For(text, choices.Select(c => c.Word)) ?? $"Write {string.Join(" or ", choices.Select(c => $"'{c.Word}'"))}",
        () => new JsonObject { ["enum"] = new JsonArray([.. choices.Select(c => (JsonNode)c.Word)]) });

    private static ScalarShape<int> Number(string wanted, int least, int most) => new(
        wanted,
        (text, _) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : Parsed<int>.Bad,
        "BS1016",
        _ => $"Write a whole number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}",
        () => new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most });

    private static JsonObject String(string? pattern = null, int? minLength = null)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (pattern is not null)
        {
            schema["pattern"] = pattern;
        }

        if (minLength is not null)
        {
            schema["minLength"] = minLength;
        }

        return schema;
    }

    // 10.1.2.3/8 is more often a slip than a network, whatever a parser makes of it.
    private static bool IsNetworkAddress(string text, IPNetwork network) =>
        IPAddress.TryParse(text[..text.IndexOf('/', StringComparison.Ordinal)], out var address) && address.Equals(network.BaseAddress);

    private static bool IsAddress(string text, string[] schemes, out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address)
        && schemes.Contains(address.Scheme, StringComparer.Ordinal)
        && text.StartsWith($"{address.Scheme}://", StringComparison.Ordinal)
        && address.Host.Length > 0
        && !address.UserInfo.Contains(':', StringComparison.Ordinal)
        && (address.UserInfo.Length == 0 || address.Scheme is "ssh")
        && address.Query.Length == 0
        && address.Fragment.Length == 0
        && !text.Any(char.IsWhiteSpace);

    [GeneratedRegex(NamePattern + "(?!\n)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NameForm();

    [GeneratedRegex(NodeNamePattern + "(?!\n)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NodeNameForm();

    [GeneratedRegex(SshAddressPattern + "(?!\n)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SshAddressForm();

    // Dotted quads in full, since "10/8" would be read as 0.0.0.10/8.
    [GeneratedRegex(@"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)/[0-9]{1,3}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex CidrForm();
}
