using System.Globalization;
using System.Net;
using Blackstart.Core.Errors;
using Blackstart.Lab.Cluster;
using Blackstart.Lab.Erp;
using Blackstart.Lab.Hosting;

namespace Blackstart.Lab.SecretsOperator;

/// <summary>The lab's Vault Secrets Operator as a process of its own.</summary>
internal static class VaultSecretsOperatorProcess
{
    /// <summary>Keeps Secrets in step with Vault until it is cancelled.</summary>
    /// <param name="arguments">
    /// <c>--account</c>, the folder of a pod's service account (the API server's address then comes from <c>KUBERNETES_SERVICE_HOST</c>
    /// and <c>…_PORT</c>), or <c>--kubeconfig</c>, a file; <c>--listen</c>, IP and port that answer <c>/readyz</c>. The environment's
    /// <c>POD_UID</c> is what it calls itself in status.
    /// </param>
    /// <param name="cancellationToken">Asks it to stop.</param>
    /// <returns>0 when asked to stop.</returns>
    /// <exception cref="BlackstartException">BS6211: wrong arguments. BS6010: no usable kubeconfig.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var (account, kubeconfig, endpoint) = Read(arguments);
        var time = TimeProvider.System;
        var connection = account is not null
            ? await FromAccountAsync(account, cancellationToken)
            : await ClusterConnection.FromKubeconfigAsync(kubeconfig!, context: null, cancellationToken);
        using var cluster = new ClusterClient(connection, time);
        var identity = Environment.GetEnvironmentVariable("POD_UID") is { Length: > 0 } uid ? uid : Guid.NewGuid().ToString();
        using var secrets = new SecretsReconciler(cluster, identity, time);
        await using var readiness = endpoint is null ? null : new ReadinessServer(endpoint.Port, _ => Task.FromResult(secrets.Trouble));
        await Console.Error.WriteLineAsync($"vault-secrets-operator: {identity} watches {connection.Address}");
        try
        {
            await secrets.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }

        return (int)ExitCode.Done;
    }

    private static (string? Account, string? Kubeconfig, IPEndPoint? Endpoint) Read(IReadOnlyList<string> arguments)
    {
        try
        {
            var options = new ProcessArguments([.. arguments.Where(argument => argument != "--lifeline")]);
            var account = options.Optional("account");
            return (
                account,
                account is null ? options.Required("kubeconfig") : null,
                options.Optional("listen") is { } listen ? IPEndPoint.Parse(listen) : null);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw Wrong(error.Message);
        }
    }

    private static async Task<ClusterConnection> FromAccountAsync(string folder, CancellationToken cancellationToken)
    {
        var host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        var port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT");
        if (string.IsNullOrEmpty(host) || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw Wrong("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");
        }

        try
        {
            return new ClusterConnection(
                new UriBuilder("https", host, number).Uri,
                await File.ReadAllTextAsync(Path.Combine(folder, "ca.crt"), cancellationToken),
                (await File.ReadAllTextAsync(Path.Combine(folder, "token"), cancellationToken)).Trim());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong(error.Message);
        }
    }

    private static BlackstartException Wrong(string cause) => new(
        "BS6211",
        ExitCode.InvalidInput,
        "Starting the Vault Secrets Operator",
        cause,
        "Give --account FOLDER inside a pod, or --kubeconfig FILE");
}
