using System.Globalization;

namespace Blackstart.Lab.Kubernetes.Protobuf;

/// <summary>The messages that kubectl's generators send, from Kubernetes' generated.proto files: per message, number name type.</summary>
internal static class ProtobufMessages
{
    private const string Text = """
        ConfigMap: 1 metadata ObjectMeta, 2 data map, 3 binaryData bytesmap, 4 immutable bool
        Secret: 1 metadata ObjectMeta, 2 data bytesmap, 3 type string, 4 stringData map, 5 immutable bool
        Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec
        NamespaceSpec: 1 finalizers strings
        ServiceAccount: 1 metadata ObjectMeta, 2 secrets []ObjectReference, 3 imagePullSecrets []Named, 4 automountServiceAccountToken bool
        ObjectReference: 1 kind string, 2 namespace string, 3 name string, 4 uid string, 5 apiVersion string
        Named: 1 name string
        ObjectMeta: 1 name string, 2 generateName string, 3 namespace string, 5 uid string, 6 resourceVersion string, 8 creationTimestamp time, 11 labels map, 12 annotations map, 13 ownerReferences []OwnerReference, 14 finalizers strings
        OwnerReference: 1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool, 7 blockOwnerDeletion bool
        Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec
        DeploymentSpec: 1 replicas int, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy Strategy, 5 minReadySeconds int, 6 revisionHistoryLimit int, 7 paused bool, 9 progressDeadlineSeconds int
        Strategy: 1 type string
        LabelSelector: 1 matchLabels map, 2 matchExpressions []Requirement
        Requirement: 1 key string, 2 operator string, 3 values strings
        PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
        PodSpec: 2 containers []Container, 3 restartPolicy string, 4 terminationGracePeriodSeconds int, 7 nodeSelector map, 8 serviceAccountName string, 10 nodeName string
        Container: 1 name string, 2 image string, 3 command strings, 4 args strings, 5 workingDir string, 6 ports []ContainerPort, 7 env []EnvVar, 14 imagePullPolicy string
        ContainerPort: 1 name string, 2 hostPort int, 3 containerPort int, 4 protocol string, 5 hostIP string
        EnvVar: 1 name string, 2 value string
        Job: 1 metadata ObjectMeta, 2 spec JobSpec
        JobSpec: 1 parallelism int, 2 completions int, 3 activeDeadlineSeconds int, 4 selector LabelSelector, 5 manualSelector bool, 6 template PodTemplateSpec, 7 backoffLimit int, 8 ttlSecondsAfterFinished int, 9 completionMode string, 10 suspend bool
        CronJob: 1 metadata ObjectMeta, 2 spec CronJobSpec
        CronJobSpec: 1 schedule string, 5 jobTemplate JobTemplate
        JobTemplate: 1 metadata ObjectMeta, 2 spec JobSpec
        Service: 1 metadata ObjectMeta, 2 spec ServiceSpec
        ServiceSpec: 1 ports []ServicePort, 2 selector map, 3 clusterIP string, 4 type string, 10 externalName string
        ServicePort: 1 name string, 2 protocol string, 3 port int, 4 targetPort intorstring, 5 nodePort int
        Role: 1 metadata ObjectMeta, 2 rules []PolicyRule
        ClusterRole: 1 metadata ObjectMeta, 2 rules []PolicyRule
        PolicyRule: 1 verbs strings, 2 apiGroups strings, 3 resources strings, 4 resourceNames strings, 5 nonResourceURLs strings
        RoleBinding: 1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleRef
        ClusterRoleBinding: 1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleRef
        Subject: 1 kind string, 2 apiGroup string, 3 name string, 4 namespace string
        RoleRef: 1 apiGroup string, 2 kind string, 3 name string
        SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessSpec
        AccessSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
        ResourceAttributes: 1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, 6 subresource string, 7 name string
        NonResourceAttributes: 1 path string, 2 verb string
        SelfSubjectReview: 1 metadata ObjectMeta
        TokenRequest: 1 metadata ObjectMeta, 2 spec TokenRequestSpec
        TokenRequestSpec: 1 audiences strings, 3 boundObjectRef BoundObjectReference, 4 expirationSeconds int
        BoundObjectReference: 1 kind string, 2 apiVersion string, 3 name string, 4 uid string
        PriorityClass: 1 metadata ObjectMeta, 2 value int, 3 globalDefault bool, 4 description string
        Eviction: 1 metadata ObjectMeta
        """;

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<int, ProtobufField>> All { get; } = Text.Split('\n')
        .Select(line => line.Split(": "))
        .ToDictionary(parts => parts[0], parts => (IReadOnlyDictionary<int, ProtobufField>)Fields(parts[1]), StringComparer.Ordinal);

    private static Dictionary<int, ProtobufField> Fields(string text) => text.Split(", ")
        .Select(field => field.Split(' '))
        .ToDictionary(field => int.Parse(field[0], CultureInfo.InvariantCulture), field => new ProtobufField(field[1], field[2]));
}
