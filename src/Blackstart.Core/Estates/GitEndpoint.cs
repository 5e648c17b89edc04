namespace Blackstart.Core.Estates;

/// <summary>How a git server is reached.</summary>
/// <param name="Address">git, http, https or ssh address, without a password.</param>
public sealed record GitEndpoint(Uri Address);
