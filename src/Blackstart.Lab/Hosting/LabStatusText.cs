using System.Globalization;
using System.Text;

namespace Blackstart.Lab.Hosting;

/// <summary>The lab's status for people.</summary>
public static class LabStatusText
{
    /// <summary>Renders it, one fact a line; says what is real and what is simulated.</summary>
    public static string Render(LabStatus status)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"lab         {(status.Running ? "running" : "down")} · {status.StateDir}");
        text.AppendLine(CultureInfo.InvariantCulture, $"estate      {status.Estate}");
        text.AppendLine(CultureInfo.InvariantCulture, $"cluster     kubectl --kubeconfig {status.Kubeconfig} --context {status.Context} get pods -A");
        text.AppendLine(CultureInfo.InvariantCulture, $"vault       curl {status.VaultAddress}/v1/sys/seal-status");
        text.AppendLine(CultureInfo.InvariantCulture, $"postgres    psql '{status.Postgres}'");
        text.AppendLine(CultureInfo.InvariantCulture, $"git         git ls-remote {status.Git}");
        foreach (var node in status.Nodes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"node {node.Name}    {node.LonghornDisk}");
        }

        foreach (var (name, state) in status.Services)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"service     {name,-12} {state}");
        }

        foreach (var process in status.Processes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"process     {process.Pid,8}  {(process.Real ? "real     " : "simulated")}  {process.Name}");
        }

        text.AppendLine("real        PostgreSQL, etcd, git, ext4, the replica directories' format, the records and documents");
        text.AppendLine("simulated   Kubernetes (API server, controllers, kubelets), Longhorn, Vault, its secrets operator, the ERP");
        return text.ToString();
    }
}
