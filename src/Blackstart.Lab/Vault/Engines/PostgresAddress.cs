using System.Text.RegularExpressions;
using System.Web;
using Npgsql;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>Turns the addresses Vault takes into the driver's own.</summary>
internal static partial class PostgresAddress
{
    /// <summary>A connection string for the driver.</summary>
    /// <exception cref="VaultFault">400: not an address.</exception>
    public static string Resolve(DatabaseConnection connection)
    {
        var isUrl = IsUrl(connection.ConnectionUrl);
        var address = Fill(connection.ConnectionUrl, "username", connection.Username, isUrl);
        address = Fill(address, "password", connection.Password, isUrl);
        var builder = new NpgsqlConnectionStringBuilder
        {
            // A connection is used once in a while and must not outlive the server it was made to.
            Pooling = false,
            Timeout = 5,
            CommandTimeout = 10,
            ApplicationName = "vault",
        };
        try
        {
            if (isUrl)
            {
                FromUrl(new Uri(address), builder);
            }
            else
            {
                foreach (Match pair in Pair().Matches(address))
                {
                    Set(builder, pair.Groups["key"].Value, pair.Groups["value"].Value.Trim('\''));
                }
            }
        }
        catch (Exception error) when (error is UriFormatException or ArgumentException or FormatException)
        {
            throw new VaultFault(400, $"error creating database object: error verifying connection: {error.Message}");
        }

        if (builder.Username is null && connection.Username.Length > 0)
        {
            (builder.Username, builder.Password) = (connection.Username, connection.Password);
        }

        return builder.ConnectionString;
    }

    public static bool HasPassword(string address) => IsUrl(address)
        && Uri.TryCreate(address, UriKind.Absolute, out var url)
        && url.UserInfo.Split(':', 2) is [_, { Length: > 0 } password]
        && !Uri.UnescapeDataString(password).StartsWith("{{", StringComparison.Ordinal);

    public static string WithoutPassword(string address) => HasPassword(address) ? Password().Replace(address, "${before}*****@", 1) : address;

    private static bool IsUrl(string address) =>
        address.StartsWith("postgresql://", StringComparison.Ordinal) || address.StartsWith("postgres://", StringComparison.Ordinal);

    private static string Fill(string address, string name, string value, bool escape) =>
        address.Replace($"{{{{{name}}}}}", escape ? Uri.EscapeDataString(value) : value, StringComparison.Ordinal);

    private static void FromUrl(Uri url, NpgsqlConnectionStringBuilder builder)
    {
        if (url.Host.Length > 0)
        {
            builder.Host = url.Host;
        }

        if (url.Port > 0)
        {
            builder.Port = url.Port;
        }

        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        if (url.AbsolutePath.Length > 1)
        {
            builder.Database = Uri.UnescapeDataString(url.AbsolutePath[1..]);
        }

        var query = HttpUtility.ParseQueryString(url.Query);
        foreach (var key in query.AllKeys.OfType<string>())
        {
            Set(builder, key, query[key] ?? string.Empty);
        }
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string key, string value)
    {
        switch (key)
        {
            case "host":
                builder.Host = value;
                break;
            case "port":
                builder.Port = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "dbname":
                builder.Database = value;
                break;
            case "sslmode":
                builder.SslMode = value switch
                {
                    "disable" => SslMode.Disable,
                    "allow" => SslMode.Allow,
                    "prefer" => SslMode.Prefer,
                    "require" => SslMode.Require,
                    "verify-ca" => SslMode.VerifyCA,
                    "verify-full" => SslMode.VerifyFull,
                    _ => throw new FormatException($"unsupported sslmode \"{value}\""),
                };
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "connect_timeout":
                builder.Timeout = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                break;
            default:
                throw new FormatException($"unsupported parameter \"{key}\"");
        }
    }

    [GeneratedRegex(@"(?<key>[a-z_]+)\s*=\s*(?<value>'[^']*'|\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pair();

    [GeneratedRegex(@"(?<before>://[^:/@]*:)[^@]*@", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Password();
}
