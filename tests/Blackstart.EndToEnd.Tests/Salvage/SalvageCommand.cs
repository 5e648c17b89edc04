namespace Blackstart.EndToEnd.Tests.Salvage;

/// <summary>A command of <c>blackstart longhorn</c> that reads replica directories.</summary>
/// <param name="Name">For people.</param>
/// <param name="Arguments">Its arguments, from the replica directory and a folder to write to.</param>
public sealed record SalvageCommand(string Name, Func<string, string, string[]> Arguments)
{
    /// <summary>Every one of them: what holds for one must hold for all. A server is ended by Ctrl-C.</summary>
    internal static readonly SalvageCommand[] All =
    [
        new("export", (replica, scratch) => ["longhorn", "export", replica, "--to", Path.Combine(scratch, "image.raw")]),
        new("export as JSON", (replica, scratch) => ["longhorn", "export", replica, "--to", Path.Combine(scratch, "image.raw"), "--output", "json"]),
        new("export into the replica", (replica, _) => ["longhorn", "export", replica, "--to", Path.Combine(replica, "image.raw")]) { ExitCode = 1 },
        new("scan", (replica, _) => ["longhorn", "scan", DiskOf(replica)]),
        new("scan as evidence", (replica, _) => ["longhorn", "scan", DiskOf(replica), "--fingerprint", "--compare", "--output", "json"]),
    ];

    /// <summary>The exit code on a sound replica.</summary>
    public int ExitCode { get; init; }

    public static TheoryData<SalvageCommand> Each() => [.. All];

    public override string ToString() => Name;

    private static string DiskOf(string replica) => Path.GetFullPath(Path.Combine(replica, "..", ".."));
}
