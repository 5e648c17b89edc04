namespace Blackstart.Lab.Kubernetes.Kinds;

/// <summary>The kinds a cluster has before anybody defines one. Names, short names and verbs are those of Kubernetes 1.36's discovery.</summary>
internal static class BuiltInKinds
{
    private static readonly string[] Create = ["create"];
    private static readonly string[] Update = ["update"];
    private static readonly ScalePaths Replicas = new("spec.replicas", "status.replicas", null);
    private static readonly string[] AllCategory = ["all"];

    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        Core("ConfigMap", "configmaps", "cm"),
        Core("Endpoints", "endpoints", "ep") with { Singular = "endpoints" },
        Core("Event", "events", "ev"),
        Core("LimitRange", "limitranges", "limits"),
        Cluster(Core("Namespace", "namespaces", "ns")) with
        {
            HasStatus = true,
            Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
            Extras = [new ExtraSubresource("finalize", "Namespace", null, null, Update)],
        },
        Cluster(Core("Node", "nodes", "no")) with { HasStatus = true },
        Core("PersistentVolumeClaim", "persistentvolumeclaims", "pvc") with { HasStatus = true },
        Cluster(Core("PersistentVolume", "persistentvolumes", "pv")) with { HasStatus = true },
        Core("Pod", "pods", "po") with
        {
            HasStatus = true,
            Categories = AllCategory,
            HasGeneration = true,
            Extras =
            [
                new ExtraSubresource("binding", "Binding", null, null, Create),
                new ExtraSubresource("eviction", "Eviction", "policy", "v1", Create),
            ],
        },
        Core("ReplicationController", "replicationcontrollers", "rc") with { HasStatus = true, Categories = AllCategory, HasGeneration = true },
        Core("ResourceQuota", "resourcequotas", "quota") with { HasStatus = true },
        Core("Secret", "secrets"),
        Core("ServiceAccount", "serviceaccounts", "sa") with
        {
            Extras = [new ExtraSubresource("token", "TokenRequest", "authentication.k8s.io", "v1", Create)],
        },
        Core("Service", "services", "svc") with { HasStatus = true, Categories = AllCategory },
        Of("apps", "ControllerRevision", "controllerrevisions"),
        Workload("DaemonSet", "daemonsets", "ds"),
        Workload("Deployment", "deployments", "deploy") with { Scale = Replicas },
        Workload("ReplicaSet", "replicasets", "rs") with { Scale = Replicas },
        Workload("StatefulSet", "statefulsets", "sts") with { Scale = Replicas },
        Of("batch", "CronJob", "cronjobs", "cj") with { HasStatus = true, Categories = AllCategory, HasGeneration = true },
        Of("batch", "Job", "jobs") with { HasStatus = true, Categories = AllCategory, HasGeneration = true },
        Cluster(Of("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", "crd", "crds")) with
        {
            HasStatus = true,
            HasGeneration = true,
            Categories = ["api-extensions"],
        },
        Review("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"),
        Review("authentication.k8s.io", "TokenReview", "tokenreviews"),
        Review("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews") with { Namespaced = true },
        Review("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        Review("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews"),
        Of("coordination.k8s.io", "Lease", "leases"),
        Of("policy", "PodDisruptionBudget", "poddisruptionbudgets", "pdb") with { HasStatus = true, HasGeneration = true },
        Cluster(Of("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings")),
        Cluster(Of("rbac.authorization.k8s.io", "ClusterRole", "clusterroles")),
        Of("rbac.authorization.k8s.io", "RoleBinding", "rolebindings"),
        Of("rbac.authorization.k8s.io", "Role", "roles"),
        Cluster(Of("scheduling.k8s.io", "PriorityClass", "priorityclasses", "pc")),
        Cluster(Of("storage.k8s.io", "CSIDriver", "csidrivers")),
        Cluster(Of("storage.k8s.io", "CSINode", "csinodes")),
        Cluster(Of("storage.k8s.io", "StorageClass", "storageclasses", "sc")),
        Cluster(Of("storage.k8s.io", "VolumeAttachment", "volumeattachments")) with { HasStatus = true },
    ];

    private static ResourceKind Core(string kind, string plural, params string[] shortNames) => Of(string.Empty, kind, plural, shortNames);

    private static ResourceKind Of(string group, string kind, string plural, params string[] shortNames) => new()
    {
        Group = group,
        Version = "v1",
        Kind = kind,
        ListKind = kind + "List",
        Plural = plural,
        Singular = kind.ToLowerInvariant(),
        ShortNames = shortNames,
        Namespaced = true,
    };

    private static ResourceKind Cluster(ResourceKind kind) => kind with { Namespaced = false };

    private static ResourceKind Workload(string kind, string plural, string shortName) =>
        Of("apps", kind, plural, shortName) with { HasStatus = true, Categories = AllCategory, HasGeneration = true };

    private static ResourceKind Review(string group, string kind, string plural) =>
        Of(group, kind, plural) with { Namespaced = false, Verbs = Create };
}
