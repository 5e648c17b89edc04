namespace Blackstart.Lab.Kubernetes.Security;

/// <summary>Who asks.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Uid">A service account's uid, otherwise empty.</param>
/// <param name="Groups">The user's groups.</param>
/// <param name="Trusted">Whether the user may do everything: whoever shows a token of this server may, whoever is only impersonated may not.</param>
internal sealed record UserInfo(string Name, string Uid, IReadOnlyList<string> Groups, bool Trusted)
{
    public static UserInfo Anonymous { get; } = new("system:anonymous", string.Empty, ["system:unauthenticated"], Trusted: false);

    public static UserInfo Administrator { get; } = new("system:admin", string.Empty, ["system:masters", "system:authenticated"], Trusted: true);

    public bool IsAnonymous => Name == Anonymous.Name;
}
