using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>How a database mount reaches a PostgreSQL.</summary>
internal sealed record DatabaseConnection
{
    public required string PluginName { get; init; }

    /// <summary>A <c>postgresql://</c> URL or a libpq string; <c>{{username}}</c> and <c>{{password}}</c> are filled in.</summary>
    public required string ConnectionUrl { get; init; }

    public string Username { get; init; } = string.Empty;

    public string Password { get; init; } = string.Empty;

    /// <summary>Names of roles, with <c>*</c> as a glob.</summary>
    public IReadOnlyList<string> AllowedRoles { get; init; } = [];

    public JsonObject Describe() => new()
    {
        ["allowed_roles"] = VaultJson.Array(AllowedRoles),
        ["connection_details"] = new JsonObject
        {
            ["connection_url"] = PostgresAddress.WithoutPassword(ConnectionUrl),
            ["username"] = Username,
        },
        ["password_policy"] = string.Empty,
        ["plugin_name"] = PluginName,
        ["plugin_version"] = string.Empty,
        ["root_credentials_rotate_statements"] = new JsonArray(),
    };
}
