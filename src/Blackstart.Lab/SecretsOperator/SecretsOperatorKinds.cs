using Blackstart.Lab.Cluster;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>The operator's kinds, and where their definitions are.</summary>
internal static class SecretsOperatorKinds
{
    public const string Group = "secrets.hashicorp.com";

    public static readonly ResourceType Connections = new(Group, "v1beta1", "vaultconnections");
    public static readonly ResourceType Auths = new(Group, "v1beta1", "vaultauths");
    public static readonly ResourceType StaticSecrets = new(Group, "v1beta1", "vaultstaticsecrets");
    public static readonly ResourceType DynamicSecrets = new(Group, "v1beta1", "vaultdynamicsecrets");

    /// <summary>A YAML stream of CustomResourceDefinitions.</summary>
    public static string Definitions
    {
        get
        {
            using var stream = typeof(SecretsOperatorKinds).Assembly.GetManifestResourceStream("vault-secrets-operator-crds.yaml")
                ?? throw new InvalidOperationException("The assembly lacks the secrets operator's definitions.");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}
