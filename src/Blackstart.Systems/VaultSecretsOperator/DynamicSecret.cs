using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Systems.Environments;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Systems.VaultSecretsOperator;

/// <summary>A Secret that a <c>VaultDynamicSecret</c> (secrets.hashicorp.com/v1beta1) fills with database credentials.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
internal sealed record DynamicSecret(string Namespace, string Name)
{
    /// <summary>A change of this annotation makes the operator look at the object at once.</summary>
    public const string RenewAnnotation = "blackstart.dev/renew";

    public static IReadOnlyList<DynamicSecret> Of(Component component) =>
        [.. component.Settings.List("secrets").Select(text => text.Split('/') is [{ Length: > 0 } @namespace, { Length: > 0 } name]
            ? new DynamicSecret(@namespace, name)
            : throw MalformedSetting.Error(component, "secrets", text, "NAMESPACE/NAME"))];

    /// <summary>The object that fills the Secret, and the UID of the operator's pod that did so last (<c>status.lastRuntimePodUID</c>).</summary>
    /// <exception cref="BlackstartException"><c>BS4501</c>: no object fills it.</exception>
    public async Task<(string Name, string? OperatorPod)> FindSourceAsync(KubernetesReader reader, CancellationToken cancellationToken)
    {
        var all = await reader.ListAsync($"/apis/secrets.hashicorp.com/v1beta1/namespaces/{Namespace}/vaultdynamicsecrets", cancellationToken);
        var source = all.FirstOrDefault(s => s["spec"]?["destination"]?["name"]?.GetValue<string>() == Name) ?? throw new BlackstartException(
            "BS4501",
            ExitCode.Negative,
            $"looking for the VaultDynamicSecret that fills Secret {this}",
            "there is none in its namespace",
            "Apply it again from git");
        return (source["metadata"]!["name"]!.GetValue<string>(), source["status"]?["lastRuntimePodUID"]?.GetValue<string>());
    }

    /// <summary>User and password, or null when the Secret is not there.</summary>
    public async Task<(string User, string Password)?> ReadAsync(KubernetesReader reader, CancellationToken cancellationToken)
    {
        var secret = await reader.GetAsync($"/api/v1/namespaces/{Namespace}/secrets/{Name}", cancellationToken);
        return secret is null ? null : (Value(secret, "username"), Value(secret, "password"));
    }

    public override string ToString() => $"{Namespace}/{Name}";

    private static string Value(JsonObject secret, string key) =>
        secret["data"]?[key]?.GetValue<string>() is { } encoded ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)) : "";
}
