using Blackstart.Lab.Kubernetes.Kinds;
using Blackstart.Lab.Longhorn;

namespace Blackstart.Lab.Kubernetes.Rules;

/// <summary>The rules of each built-in kind, and of custom ones that would have a webhook.</summary>
internal sealed class RuleBook
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

        // In place of its webhook.
        ["settings.longhorn.io"] = new SettingRules(),
    };

    public KindRules Of(ResourceKind kind) => _rules.GetValueOrDefault(kind.QualifiedPlural, _plain);
}
