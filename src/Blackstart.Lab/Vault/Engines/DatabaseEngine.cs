using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Blackstart.Lab.Vault.Crypto;
using Blackstart.Lab.Vault.Leases;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>The database engine for PostgreSQL: connections, roles, and credentials that are real roles in the server.</summary>
internal sealed class DatabaseEngine(SealBarrier barrier, LeaseStore leases, TimeProvider time) : IEngine
{
    private const string Plugin = "postgresql-database-plugin";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int NameLength = 63;

    /// <summary>A role in PostgreSQL outlives its lease by this much, so that it never ends before it.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>How long a credential may take to be made before it counts as left behind by a crash.</summary>
    private static readonly TimeSpan PendingTime = TimeSpan.FromSeconds(60);

    public string Type => "database";

    public async Task<VaultResponse?> HandleAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var slash = request.Path.IndexOf('/', StringComparison.Ordinal);
        var verb = slash < 0 ? request.Path : request.Path[..slash];
        var name = slash < 0 ? string.Empty : request.Path[(slash + 1)..].TrimEnd('/');
        switch (request.Operation, verb)
        {
            case (VaultOperation.List, "config" or "roles") when name.Length == 0:
                return VaultResponse.Keys(barrier.Children($"{request.Storage}{verb}/"));
            case (VaultOperation.Update, "config") when name.Length > 0:
                return await ConfigureAsync(request, name, cancellationToken);
            case (VaultOperation.Read, "config"):
                return barrier.Get<DatabaseConnection>(PathOf(request.Mount, verb, name)) is { } connection ? VaultResponse.Of(connection.Describe()) : null;
            case (VaultOperation.Update, "roles") when name.Length > 0:
                await barrier.PutAsync(PathOf(request.Mount, verb, name), RoleOf(request, name), cancellationToken);
                return null;
            case (VaultOperation.Read, "roles"):
                return barrier.Get<DatabaseRole>(PathOf(request.Mount, verb, name)) is { } role ? VaultResponse.Of(role.Describe()) : null;
            case (VaultOperation.Delete, "config" or "roles"):
                await barrier.DeleteAsync(PathOf(request.Mount, verb, name), cancellationToken);
                return null;
            case (VaultOperation.Read or VaultOperation.Update, "creds") when name.Length > 0:
                return await IssueAsync(request, name, cancellationToken);
            default:
                throw EngineRequest.UnsupportedPath;
        }
    }

    public bool? Exists(EngineRequest request)
    {
        var slash = request.Path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && request.Path[..slash] is "config" or "roles" ? barrier.Has(request.Storage + request.Path) : null;
    }

    public async Task RenewAsync(MountEntry mount, Lease lease, CancellationToken cancellationToken)
    {
        var role = barrier.Get<DatabaseRole>(PathOf(mount, "roles", Text(lease, "role")))
            ?? throw VaultFault.Collected(500, $"error during renew: could not find role with name \"{Text(lease, "role")}\"");
        await PostgresUsers.ExtendAsync(ConnectionOf(mount, Text(lease, "db_name")), role.RenewStatements, Text(lease, "username"), lease.ExpireTime + Margin, cancellationToken);
    }

    public Task RevokeAsync(MountEntry mount, Lease lease, CancellationToken cancellationToken) => PostgresUsers.DropAsync(
        ConnectionOf(mount, Text(lease, "db_name")),
        VaultJson.List(lease.Secret, "revocation_statements") ?? [],
        Text(lease, "username"),
        cancellationToken);

    private async Task<VaultResponse?> ConfigureAsync(EngineRequest request, string name, CancellationToken cancellationToken)
    {
        var path = PathOf(request.Mount, "config", name);
        var old = barrier.Get<DatabaseConnection>(path);
        var connection = new DatabaseConnection
        {
            PluginName = VaultJson.Text(request.Data, "plugin_name") ?? old?.PluginName ?? throw new VaultFault(400, "empty plugin name"),
            ConnectionUrl = VaultJson.Text(request.Data, "connection_url") ?? old?.ConnectionUrl ?? string.Empty,
            Username = VaultJson.Text(request.Data, "username") ?? old?.Username ?? string.Empty,
            Password = VaultJson.Text(request.Data, "password") ?? old?.Password ?? string.Empty,
            AllowedRoles = VaultJson.List(request.Data, "allowed_roles") ?? old?.AllowedRoles ?? [],
        };
        if (connection.PluginName != Plugin)
        {
            throw new VaultFault(400, $"error creating database object: unknown database plugin: {connection.PluginName}");
        }

        if (connection.ConnectionUrl.Length == 0)
        {
            throw new VaultFault(400, "error creating database object: connection_url cannot be empty");
        }

        if (VaultJson.Flag(request.Data, "verify_connection") != false)
        {
            await PostgresUsers.VerifyAsync(connection, cancellationToken);
        }

        await barrier.PutAsync(path, connection, cancellationToken);
        return PostgresAddress.HasPassword(connection.ConnectionUrl)
            ? new VaultResponse
            {
                Warnings = ["Password found in connection_url, use a templated url to enable root rotation and prevent read access to password information."],
            }
            : null;
    }

    private async Task<VaultResponse> IssueAsync(EngineRequest request, string name, CancellationToken cancellationToken)
    {
        var role = barrier.Get<DatabaseRole>(PathOf(request.Mount, "roles", name)) ?? throw new VaultFault(400, $"unknown role: {name}");
        var connection = ConnectionOf(request.Mount, role.DbName);
        if (!connection.AllowedRoles.Any(pattern => Globs(pattern, name)))
        {
            throw VaultFault.Collected(500, $"\"{name}\" is not an allowed role");
        }

        var token = request.Token!;
        var now = time.GetUtcNow();
        var maximum = Smallest(role.MaxTtl, request.Mount.MaxLeaseTtl, SystemLimits.MaximumTtl);
        var ttl = Math.Min(role.DefaultTtl > 0 ? role.DefaultTtl : request.Mount.DefaultLeaseTtl > 0 ? request.Mount.DefaultLeaseTtl : SystemLimits.DefaultTtl, maximum);
        var user = UserName(token.DisplayName, name, now);
        var password = Password();
        var lease = new Lease
        {
            Id = LeaseStore.NewId($"{request.Mount.Path}creds/{name}"),
            Mount = request.Mount.Uuid,
            Token = token.Hash,
            IssueTime = now,
            ExpireTime = now + PendingTime,
            Ttl = ttl,
            MaxTtl = maximum,
            Pending = true,
            Secret = new JsonObject
            {
                ["username"] = user,
                ["role"] = name,
                ["db_name"] = role.DbName,
                ["revocation_statements"] = VaultJson.Array(role.RevocationStatements),
            },
        };
        await leases.PutAsync(lease, cancellationToken);

        // When this fails the transaction was rolled back, or nobody knows; what there may be goes when the announcement ends.
        await PostgresUsers.CreateAsync(connection, role, user, password, now.AddSeconds(ttl) + Margin, cancellationToken);
        await leases.PutAsync(lease with { Pending = false, ExpireTime = now.AddSeconds(ttl) }, CancellationToken.None);
        return new VaultResponse
        {
            Data = new JsonObject { ["password"] = password, ["username"] = user },
            LeaseId = lease.Id,
            LeaseDuration = ttl,
            Renewable = true,
        };
    }

    private static DatabaseRole RoleOf(EngineRequest request, string name)
    {
        var data = request.Data;
        var role = new DatabaseRole
        {
            DbName = VaultJson.Text(data, "db_name") is { Length: > 0 } database ? database : throw new VaultFault(400, "database name is required"),
            CreationStatements = Statements(data, "creation_statements"),
            RevocationStatements = Statements(data, "revocation_statements"),
            RollbackStatements = Statements(data, "rollback_statements"),
            RenewStatements = Statements(data, "renew_statements"),
            DefaultTtl = VaultJson.Seconds(data, "default_ttl") ?? 0,
            MaxTtl = VaultJson.Seconds(data, "max_ttl") ?? 0,
        };
        return role.CreationStatements.Count == 0
            ? throw new VaultFault(400, $"creation_statements of role \"{name}\" are empty")
            : role.MaxTtl > 0 && role.DefaultTtl > role.MaxTtl ? throw new VaultFault(400, "default_ttl must be less than max_ttl") : role;
    }

    /// <summary>A list of statements, or one string of them: a comma inside SQL does not separate.</summary>
    private static IReadOnlyList<string> Statements(JsonObject data, string name) => data[name] switch
    {
        JsonArray array => [.. array.Select(item => item?.ToString() ?? string.Empty).Where(statement => statement.Length > 0)],
        JsonValue value when value.ToString().Length > 0 => [value.ToString()],
        _ => [],
    };

    private DatabaseConnection ConnectionOf(MountEntry mount, string name) => barrier.Get<DatabaseConnection>(PathOf(mount, "config", name))
        ?? throw VaultFault.Collected(500, $"failed to find entry for connection with name: \"{name}\"");

    private static string PathOf(MountEntry mount, string kind, string name) => $"{mount.Storage}{kind}/{name}";

    private static string Text(Lease lease, string name) => VaultJson.Text(lease.Secret, name) ?? string.Empty;

    private static bool Globs(string pattern, string name) => pattern switch
    {
        ['*'] => true,
        [.. var start, '*'] => name.StartsWith(start, StringComparison.Ordinal),
        ['*', .. var end] => name.EndsWith(end, StringComparison.Ordinal),
        _ => pattern == name,
    };

    private static long Smallest(params long[] limits) => limits.Where(limit => limit > 0).Min();

    /// <summary><c>v-</c>, who asked, the role, 20 random characters, the seconds: Vault's own pattern.</summary>
    private static string UserName(string displayName, string role, DateTimeOffset now)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"v-{Short(displayName)}-{Short(role)}-{RandomNumberGenerator.GetString(Letters, 20)}-{now.ToUnixTimeSeconds()}");
        return name[..Math.Min(name.Length, NameLength)];
    }

    private static string Short(string text)
    {
        var clean = new string([.. text.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-')]);
        return clean[..Math.Min(clean.Length, 8)];
    }

    /// <summary>20 characters, with one at least of each kind.</summary>
    private static string Password()
    {
        while (true)
        {
            var password = RandomNumberGenerator.GetString(Letters + "-", 20);
            if (password.Any(char.IsAsciiLetterUpper) && password.Any(char.IsAsciiLetterLower) && password.Any(char.IsAsciiDigit) && password.Contains('-', StringComparison.Ordinal))
            {
                return password;
            }
        }
    }
}
