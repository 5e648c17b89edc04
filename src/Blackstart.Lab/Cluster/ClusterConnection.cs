using System.Text;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Systems.Kubernetes;

namespace Blackstart.Lab.Cluster;

/// <summary>Where an API server is and how to be let in.</summary>
/// <param name="Address">Root address, <c>https://…</c>.</param>
/// <param name="CertificateAuthority">PEM of the authority that signed the server's certificate; null trusts the system's.</param>
/// <param name="Token">Bearer token; null sends none.</param>
internal sealed record ClusterConnection(Uri Address, string? CertificateAuthority, string? Token)
{
    /// <summary>Reads the connection of a kubeconfig's current context, or of the one named.</summary>
    /// <exception cref="BlackstartException"><c>BS6010</c>: the file is missing or has no such context.</exception>
    public static async Task<ClusterConnection> FromKubeconfigAsync(string path, string? context, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw Unusable(path, "there is no such file");
        }

        if (YamlDocuments.Parse(await File.ReadAllTextAsync(path, cancellationToken)) is not [var root, ..])
        {
            throw Unusable(path, "it is empty");
        }

        var name = context ?? root["current-context"]?.GetValue<string>() ?? "";
        var chosen = Entry(root, "contexts", name, "context") ?? throw Unusable(path, $"it has no context '{name}'");
        var cluster = Entry(root, "clusters", Text(chosen, "cluster"), "cluster") ?? throw Unusable(path, $"context '{name}' names no cluster");
        var user = Entry(root, "users", Text(chosen, "user"), "user");
        var server = Text(cluster, "server") ?? throw Unusable(path, "its cluster has no server");
        return new ClusterConnection(
            new Uri(server.TrimEnd('/') + "/"),
            await ReadAsync(path, Text(cluster, "certificate-authority-data"), Text(cluster, "certificate-authority"), cancellationToken),
            Text(user, "token") ?? await ReadAsync(path, null, Text(user, "tokenFile"), cancellationToken));
    }

    private static async Task<string?> ReadAsync(string kubeconfig, string? data, string? file, CancellationToken cancellationToken)
    {
        if (data is not null)
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }

        // A relative file name in a kubeconfig is relative to the kubeconfig itself.
        return file is null
            ? null
            : (await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(kubeconfig))!, file), cancellationToken)).Trim();
    }

    private static JsonObject? Entry(JsonObject root, string list, string? name, string key) =>
        (root[list] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(entry => Text(entry, "name") == name)?[key] as JsonObject;

    private static string? Text(JsonObject? node, string key) => node?[key]?.ToString();

    private static BlackstartException Unusable(string path, string cause) => new(
        "BS6010",
        ExitCode.CouldNotVerify,
        $"reading the kubeconfig {path}",
        cause,
        "Run 'blackstart lab up', which writes it");
}
