using System.Text;

namespace Blackstart.Lab.Hosting;

/// <summary>Where everything of one lab lies, below its state directory.</summary>
/// <param name="Root">Absolute path of the state directory.</param>
public sealed record LabLayout(string Root)
{
    /// <summary>The nodes of the lab's cluster.</summary>
    public static readonly IReadOnlyList<string> NodeNames = ["pi1", "pi2", "pi3"];

    /// <summary>The node beside whose cluster duties PostgreSQL and git run.</summary>
    public const string FoundationNode = "pi2";

    // sun_path holds 108 bytes with its closing NUL (man 7 unix).
    private const int LongestSocketPath = 107;
    private const string LongestVolumeName = "vault-data";

    /// <summary>Ports and identifiers of this lab.</summary>
    public string StateFile => In("lab.json");

    /// <summary>Access to the lab's cluster; its only context is <c>lab</c>.</summary>
    public string Kubeconfig => In("kubeconfig");

    /// <summary>The lab declared as an estate.</summary>
    public string Estate => In("blackstart.yaml");

    /// <summary>Where captured objects lie that recovery starts from.</summary>
    public string Captures => In("captures");

    /// <summary>The captured volumes.</summary>
    public string CapturedVolumes => System.IO.Path.Combine(Captures, "longhorn.yaml");

    /// <summary>Where recorded identities of the lab's systems lie.</summary>
    public string Identities => In("identities");

    /// <summary>etcd's data directory.</summary>
    public string Etcd => In("etcd");

    /// <summary>Certificates and keys of the API server.</summary>
    public string Pki => In("pki");

    /// <summary>One JSON file for each process.</summary>
    public string Processes => In("processes");

    /// <summary>One log file for each process.</summary>
    public string Logs => In("logs");

    /// <summary>Unseal key, root token and passwords; mode 0700.</summary>
    public string Keys => In("keys");

    /// <summary>What the estate's customers hold in hand: acknowledged records and the list of documents.</summary>
    public string Receipts => In("receipts");

    /// <summary>Scratch space.</summary>
    public string Temporary => In("tmp");

    /// <summary>The supervisor's control socket.</summary>
    public string SupervisorSocket => In("supervisor.sock");

    /// <summary>Held while one <c>lab up</c>, <c>down</c> or <c>reset</c> is at work.</summary>
    public string LockFile => In("lab.lock");

    /// <summary>Vault's unseal key: one share, base64 on one line, mode 0600.</summary>
    public string UnsealKey => System.IO.Path.Combine(Keys, "unseal.key");

    /// <summary>Vault's root token on one line, mode 0600.</summary>
    public string RootToken => System.IO.Path.Combine(Keys, "vault-root.token");

    /// <summary>Password of PostgreSQL's superuser on one line, mode 0600.</summary>
    public string PostgresPassword => System.IO.Path.Combine(Keys, "postgres.password");

    /// <summary>The same password as libpq's <c>passfile</c>, mode 0600.</summary>
    public string PostgresPassFile => System.IO.Path.Combine(Keys, "pgpass");

    /// <summary>Receipts of acknowledged records, JSON Lines.</summary>
    public string ErpReceipts => System.IO.Path.Combine(Receipts, "erp.jsonl");

    /// <summary>The list of documents with their digests.</summary>
    public string DocumentReceipts => System.IO.Path.Combine(Receipts, "documents.json");

    /// <summary>PostgreSQL's data directory.</summary>
    public string Postgres => System.IO.Path.Combine(Node(FoundationNode), "postgres");

    /// <summary>Base path of the git server's repositories.</summary>
    public string Git => System.IO.Path.Combine(Node(FoundationNode), "git");

    /// <summary>Where Blackstart keeps its state: <c>$BLACKSTART_STATE</c>, else <c>$XDG_STATE_HOME/blackstart</c>, else <c>~/.local/state/blackstart</c>.</summary>
    public static string StateRoot
    {
        get
        {
            if (Environment.GetEnvironmentVariable("BLACKSTART_STATE") is { Length: > 0 } named)
            {
                return System.IO.Path.GetFullPath(named);
            }

            var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            return System.IO.Path.Combine(
                string.IsNullOrEmpty(state) || !System.IO.Path.IsPathRooted(state)
                    ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state")
                    : state,
                "blackstart");
        }
    }

    /// <summary>The state directory when none is named: <c>lab</c> in <see cref="StateRoot"/>.</summary>
    public static LabLayout Default() => new(System.IO.Path.Combine(StateRoot, "lab"));

    /// <summary>The lab in a folder, or the default one when <paramref name="directory"/> is null.</summary>
    public static LabLayout At(string? directory) =>
        directory is null ? Default() : new LabLayout(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(directory)));

    /// <summary>A node's directory.</summary>
    public string Node(string name) => System.IO.Path.Combine(Root, "nodes", name);

    /// <summary>A node's machine-id, as <c>/etc/machine-id</c> on a real one.</summary>
    public string MachineId(string node) => System.IO.Path.Combine(Node(node), "machine-id");

    /// <summary>A node's Longhorn disk.</summary>
    public string LonghornDisk(string node) => System.IO.Path.Combine(Node(node), "longhorn");

    /// <summary>A node's block devices: one NBD socket for each attached volume.</summary>
    public string Devices(string node) => System.IO.Path.Combine(Node(node), "dev", "longhorn");

    /// <summary>A process's log file.</summary>
    public string Log(string process) => System.IO.Path.Combine(Logs, process + ".log");

    /// <summary>Creates the folders that nothing else creates.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6002</c>: the path is too long for unix sockets below it.</exception>
    internal void Create()
    {
        RequireShortPath();
        Directory.CreateDirectory(Root);
        foreach (var folder in (string[])[Processes, Logs, Receipts, Captures, Identities, Temporary, Pki])
        {
            Directory.CreateDirectory(folder);
        }

        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var node in NodeNames)
        {
            Directory.CreateDirectory(Node(node));
            Directory.CreateDirectory(LonghornDisk(node));
            Directory.CreateDirectory(Devices(node));
        }
    }

    internal void RequireShortPath()
    {
        var longest = System.IO.Path.Combine(Devices(NodeNames[0]), LongestVolumeName + ".sock");
        var excess = Encoding.UTF8.GetByteCount(longest) - LongestSocketPath;
        if (excess > 0)
        {
            throw LabErrors.PathTooLong(Root, excess);
        }
    }

    private string In(string name) => System.IO.Path.Combine(Root, name);
}
