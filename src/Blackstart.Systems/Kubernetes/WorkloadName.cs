using Blackstart.Core.Estates;
using Blackstart.Systems.Environments;

namespace Blackstart.Systems.Kubernetes;

/// <summary>A workload that can be scaled.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Kind"><c>deployment</c> or <c>statefulset</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Replicas">How many pods it has when all is well.</param>
public sealed record WorkloadName(string Namespace, string Kind, string Name, int Replicas)
{
    /// <summary>As <c>kubectl</c> takes it: <c>statefulset/erp</c>.</summary>
    public string Resource => $"{Kind}/{Name}";

    /// <summary>Path of the object in the API (group <c>apps/v1</c>).</summary>
    public string Path => $"/apis/apps/v1/namespaces/{Namespace}/{Kind}s/{Name}";

    /// <summary>The workload that a component's settings <c>workload</c>, <c>namespace</c> and <c>replicas</c> name; null when they name none.</summary>
    public static WorkloadName? Of(Component component)
    {
        if (component.Settings.TextOrNull("workload") is not { } resource)
        {
            return null;
        }

        return resource.Split('/') is ["deployment" or "statefulset", { Length: > 0 }] parts
            ? new WorkloadName(component.Settings.Text("namespace"), parts[0], parts[1], component.Settings.Number("replicas"))
            : throw MalformedSetting.Error(component, "workload", resource, "deployment/NAME or statefulset/NAME");
    }
}
