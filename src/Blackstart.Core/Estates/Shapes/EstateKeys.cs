using System.Net;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>Every key of the file but the settings of the component types.</summary>
internal static class EstateKeys
{
    public const string SettingsName = "settings";

    public static readonly Key<TimeSpan> Rto = Required("rto", Scalars.Duration, "Longest time to recover.");
    public static readonly Key<TimeSpan> Rpo = Required("rpo", Scalars.Duration, "Longest span of acknowledged writes that may be lost.");
    public static readonly Key<Objectives> Objectives = Required("objectives", ObjectivesShape(), "Objectives of the whole estate.");
    public static readonly Key<Objectives?> ComponentObjectives = Optional("objectives", ObjectivesShape(), "Its own objectives, where they differ from the estate's.");

    public static readonly Key<string> ComponentName = Required("name", Scalars.Name, "Name, unique in the estate.");
    public static readonly Key<Layer> Layer = Required(
        "layer",
        Scalars.OneOf("a layer", [.. Enum.GetValues<Layer>().Select(l => (l.ToString(), l))]),
        "The stack order it is backed up in, from the ground up.");
    public static readonly Key<IReadOnlyList<string>> DependsOn = new(
        "dependsOn", new ListShape<string>(Scalars.Name, 0), Required: false, [], "Names of the components that must be back before it.");

    public static readonly Key<string> Kubeconfig = Required("kubeconfig", Scalars.FilePath, "The kubeconfig file.");
    public static readonly Key<string> Context = Required("context", Scalars.Text, "The context to use; the current one never is.");
    public static readonly Key<KubernetesEndpoint?> Kubernetes = Optional(
        "kubernetes",
        new ObjectShape<KubernetesEndpoint>("'kubernetes'", [Kubeconfig, Context], f => new(f.Get(Kubeconfig), f.Get(Context))),
        "How its Kubernetes API is reached.");

    public static readonly Key<Uri> VaultAddress = Required("address", Scalars.Address("http", "https"), "Address of the Vault API.");
    public static readonly Key<string?> UnsealKeyFile = Optional("unsealKeyFile", Scalars.FilePath, "File with the unseal key; without it a person unseals.");
    public static readonly Key<VaultEndpoint?> Vault = Optional(
        "vault",
        new ObjectShape<VaultEndpoint>("'vault'", [VaultAddress, UnsealKeyFile], f => new(f.Get(VaultAddress), f.Get(UnsealKeyFile))),
        "How its Vault is reached.");

    public static readonly Key<string> Host = Required("host", Scalars.Text, "Host name, address, or folder of the unix socket.");
    public static readonly Key<int> Port = new("port", Scalars.Port, Required: false, 5432, "TCP port; 5432 when left out.");
    public static readonly Key<string> Database = Required("database", Scalars.Text, "Database to connect to.");
    public static readonly Key<string> User = Required("user", Scalars.Text, "Role to connect as.");
    public static readonly Key<string?> PasswordFile = Optional("passwordFile", Scalars.FilePath, "File whose first line is the password.");
    public static readonly Key<PostgresEndpoint?> Postgres = Optional(
        "postgres",
        new ObjectShape<PostgresEndpoint>(
            "'postgres'",
            [Host, Port, Database, User, PasswordFile],
            f => new(f.Get(Host), f.Get(Port), f.Get(Database), f.Get(User), f.Get(PasswordFile))),
        "How its PostgreSQL server is reached.");

    public static readonly Key<Uri> GitAddress = Required("address", Scalars.Address("git", "http", "https", "ssh"), "Address of the git server.");
    public static readonly Key<GitEndpoint?> Git = Optional(
        "git", new ObjectShape<GitEndpoint>("'git'", [GitAddress], f => new(f.Get(GitAddress))), "How its git server is reached.");

    public static readonly Key<string> NodeName = Required("name", Scalars.NodeName, "Name, unique in the environment: the Kubernetes node's.");
    public static readonly Key<IReadOnlyList<string>> LonghornDisks = new(
        "longhornDisks", new ListShape<string>(Scalars.FilePath, 0), Required: false, [], "Longhorn's disks on it (the folders with longhorn-disk.cfg).");
    public static readonly Key<string?> MachineIdFile = Optional("machineIdFile", Scalars.FilePath, "Its machine-id file on it; /etc/machine-id where left out.");
    public static readonly Key<string?> NodeSsh = Optional("ssh", Scalars.SshAddress, "Where ssh finds it, host or user@host; its name where left out.");
    public static readonly Key<IReadOnlyList<EstateNode>> Nodes = new(
        "nodes",
        new ListShape<EstateNode>(
            new ObjectShape<EstateNode>(
                "a node", [NodeName, LonghornDisks, MachineIdFile, NodeSsh], f => new(f.Get(NodeName), f.Get(LonghornDisks), f.Get(MachineIdFile), f.Get(NodeSsh))),
            0),
        Required: false,
        [],
        "Its machines.");

    public static readonly Key<string> EnvironmentName = Required("name", Scalars.Name, "Name, unique in the estate.");
    public static readonly Key<EnvironmentRole> Role = Required(
        "role",
        Scalars.OneOf("a role", ("production", EnvironmentRole.Production), ("sandbox", EnvironmentRole.Sandbox)),
        "production (exactly one environment) or sandbox.");
    public static readonly Key<IReadOnlyList<IPNetwork>> Networks = new(
        "networks", new ListShape<IPNetwork>(Scalars.Network, 0), Required: false, [], "Networks that belong to it, in CIDR notation.");
    public static readonly Key<string?> Identities = Optional("identities", Scalars.FilePath, "File with the recorded identities of its systems.");
    public static readonly Key<IReadOnlyDictionary<string, IReadOnlyList<string>>> Start = new(
        "start",
        new MapShape<IReadOnlyList<string>>(new ListShape<string>(Scalars.Text, 1)),
        Required: false,
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal),
        "Component name → program and arguments that start it here.");

    public static readonly Key<IReadOnlyList<EstateEnvironment>> Environments = Required(
        "environments",
        new ListShape<EstateEnvironment>(
            new ObjectShape<EstateEnvironment>(
                "an environment",
                [EnvironmentName, Role, Networks, Identities, Kubernetes, Vault, Postgres, Git, Nodes, Start],
                f => new(
                    f.Get(EnvironmentName),
                    f.Get(Role),
                    f.Get(Networks),
                    f.Get(Identities),
                    f.Get(Kubernetes),
                    f.Get(Vault),
                    f.Get(Postgres),
                    f.Get(Git),
                    f.Get(Nodes),
                    f.Get(Start))),
            1),
        "The places the estate exists in.");

    public static readonly Key<string> EstateName = Required("estate", Scalars.Name, "Name of the estate.");

    public static readonly Key<string> ApiVersion = Required("apiVersion", Scalars.OneOf("a version this program reads", ("blackstart/v1", "blackstart/v1")), "Version of this format.");

    private static Key<T> Required<T>(string name, Shape<T> shape, string summary) => new(name, shape, Required: true, default!, summary);

    private static Key<T?> Optional<T>(string name, Shape<T> shape, string summary)
        where T : class =>
        new(name, shape!, Required: false, null, summary);

    private static ObjectShape<Objectives> ObjectivesShape() =>
        new("'objectives'", [Rto, Rpo], f => new Objectives(f.Get(Rto), f.Get(Rpo)));
}
