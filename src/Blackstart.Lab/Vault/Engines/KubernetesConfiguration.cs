using System.Text.Json.Nodes;

namespace Blackstart.Lab.Vault.Engines;

/// <summary>How a Kubernetes authentication mount reaches the API server that knows the service accounts.</summary>
internal sealed record KubernetesConfiguration
{
    public required string KubernetesHost { get; init; }

    /// <summary>PEM; empty for the system's own authorities.</summary>
    public string KubernetesCaCert { get; init; } = string.Empty;

    /// <summary>Empty: the token that logs in reviews itself.</summary>
    public string TokenReviewerJwt { get; init; } = string.Empty;

    public string Issuer { get; init; } = string.Empty;

    public bool DisableIssValidation { get; init; } = true;

    public JsonObject Describe() => new()
    {
        ["disable_iss_validation"] = DisableIssValidation,
        ["disable_local_ca_jwt"] = true,
        ["issuer"] = Issuer,
        ["kubernetes_ca_cert"] = KubernetesCaCert,
        ["kubernetes_host"] = KubernetesHost,
        ["pem_keys"] = new JsonArray(),
        ["token_reviewer_jwt_set"] = TokenReviewerJwt.Length > 0,
    };
}
