using Blackstart.Lab.Kubernetes.Kinds;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>The rules of each built-in kind, and of the custom ones that something running on the cluster would refuse by webhook.</summary>
/// <param name="webhooks">By kind, as <c>settings.longhorn.io</c>.</param>
internal sealed class RuleBook(IReadOnlyDictionary<string, KindRules> webhooks)
{
    private readonly PlainRules _plain = new();

    private readonly Dictionary<string, KindRules> _rules = new(StringComparer.Ordinal)
    {
        ["configmaps"] = new ConfigMapRules(),
        ["secrets"] = new SecretRules(),
        ["namespaces"] = new NamespaceRules(),
        ["pods"] = new PodRules(),
        ["deployments.apps"] = new WorkloadRules("Deployment"),
        ["replicasets.apps"] = new WorkloadRules("ReplicaSet"),
        ["statefulsets.apps"] = new WorkloadRules("StatefulSet"),
        ["daemonsets.apps"] = new WorkloadRules("DaemonSet"),
        ["jobs.batch"] = new JobRules(),
        ["persistentvolumes"] = new PersistentVolumeRules(),
        ["persistentvolumeclaims"] = new ClaimRules(),
        ["services"] = new ServiceRules(),
        ["storageclasses.storage.k8s.io"] = new StorageClassRules(),
        ["customresourcedefinitions.apiextensions.k8s.io"] = new DefinitionRules(),
    };

    public KindRules Of(ResourceKind kind) => (kind.Custom is null ? _rules : webhooks).GetValueOrDefault(kind.QualifiedPlural, _plain);
}
