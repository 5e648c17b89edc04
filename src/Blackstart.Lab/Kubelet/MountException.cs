namespace Blackstart.Lab.Kubelet;

/// <summary>A pod's volume cannot be had now; the pod stays in ContainerCreating and it is tried again.</summary>
/// <param name="reason">The event's reason, as real kubelets and attachers give it.</param>
/// <param name="message">The event's message.</param>
internal sealed class MountException(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;
}
