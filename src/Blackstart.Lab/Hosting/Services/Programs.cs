namespace Blackstart.Lab.Hosting.Services;

/// <summary>Finds the real programs the lab runs.</summary>
internal static class Programs
{
    /// <summary>Absolute path of a program on PATH, or in the folders where distributions put daemons.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6011</c>: it is not installed.</exception>
    public static string Find(string program, string package) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/local/sbin", "/usr/sbin", "/sbin"])
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists)
        ?? throw LabErrors.ToolMissing(program, package);

    /// <summary>The newest PostgreSQL's folder of programs: Debian keeps them off PATH.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6011</c>: it is not installed.</exception>
    public static string PostgresFolder()
    {
        const string Debian = "/usr/lib/postgresql";
        var found = Directory.Exists(Debian)
            ? Directory.EnumerateDirectories(Debian)
                .Select(folder => Path.Combine(folder, "bin"))
                .Where(folder => File.Exists(Path.Combine(folder, "initdb")))
                .OrderByDescending(folder => Version.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)) + ".0", out var version) ? version : new Version())
                .FirstOrDefault()
            : null;
        return found ?? Path.GetDirectoryName(Find("initdb", "postgresql"))!;
    }

    /// <summary>git's daemon itself: the <c>git</c> in front of it would stay between it and its supervisor.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6011</c>: it is not installed.</exception>
    public static string GitDaemon() =>
        ((string[])["/usr/lib/git-core/git-daemon", "/usr/libexec/git-core/git-daemon", "/usr/local/libexec/git-core/git-daemon"])
            .FirstOrDefault(File.Exists)
        ?? Find("git-daemon", "git");
}
