namespace Blackstart.Lab.Hosting;

/// <summary>One start of a lab process.</summary>
/// <param name="Name">Name in the lab; also that of its log.</param>
/// <param name="Program">Executable.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Real">Whether it is the real program rather than the lab's simulation.</param>
internal sealed record Launch(string Name, string Program, IReadOnlyList<string> Arguments, bool Real)
{
    /// <summary>Environment beside the allow-listed variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Options of <c>setpriv</c> beside its death signal, for a program that must not run as root; null for none.</summary>
    public IReadOnlyList<string>? Privileges { get; init; }

    /// <summary>A session of its own, for the one process that outlives its starter.</summary>
    public bool Detached { get; init; }

    public string? WorkingDirectory { get; init; }
}
