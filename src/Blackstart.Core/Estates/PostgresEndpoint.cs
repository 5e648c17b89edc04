namespace Blackstart.Core.Estates;

/// <summary>How a PostgreSQL server is reached.</summary>
/// <param name="Host">Host name, address, or folder of its unix socket.</param>
/// <param name="Port">TCP port, 1–65535.</param>
/// <param name="Database">Database to connect to.</param>
/// <param name="User">Role to connect as.</param>
/// <param name="PasswordFile">Absolute path of the file whose first line is the password; null where none is asked.</param>
public sealed record PostgresEndpoint(string Host, int Port, string Database, string User, string? PasswordFile);
