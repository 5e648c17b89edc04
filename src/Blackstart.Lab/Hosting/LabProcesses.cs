using Blackstart.Lab.Erp;
using Blackstart.Lab.Longhorn;
using Blackstart.Lab.SecretsOperator;
using Blackstart.Lab.Vault;

namespace Blackstart.Lab.Hosting;

/// <summary>The lab's own programs, by the name they are started with. A pod's image <c>blackstart.lab/NAME</c> means the one of that name.</summary>
internal static class LabProcesses
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, CancellationToken, Task<int>>> Table = new(StringComparer.Ordinal)
    {
        ["supervisor"] = Supervisor.RunAsync,
        ["kubernetes"] = KubernetesProcess.RunAsync,
        ["longhorn"] = LonghornProcess.RunAsync,
        ["vault"] = VaultProcess.RunAsync,
        ["erp"] = ErpProcess.RunAsync,
        ["vault-secrets-operator"] = VaultSecretsOperatorProcess.RunAsync,
        ["documents"] = DocumentsProcess.RunAsync,
    };

    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>What runs under a name.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6012</c>: none has that name.</exception>
    public static Func<IReadOnlyList<string>, CancellationToken, Task<int>> Find(string name) =>
        Table.TryGetValue(name, out var run) ? run : throw LabErrors.UnknownProcess(name, Names.Order(StringComparer.Ordinal));
}
