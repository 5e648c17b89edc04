namespace Blackstart.Systems.Tools;

/// <summary>
/// The home folder of the tools we start: not the operator's, so that no login, key or setting in it takes part; and not none at all,
/// because kubectl then keeps its cache in whatever folder it happens to be started in.
/// </summary>
internal static class ToolHome
{
    private static readonly Lazy<string> Folder = new(Create);

    /// <summary><c>$XDG_CACHE_HOME/blackstart/home</c>, else <c>~/.cache/blackstart/home</c>; readable by its owner alone.</summary>
    public static string Path => Folder.Value;

    private static string Create()
    {
        try
        {
            return CreateInCache();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A user without a home of his own, or a full disk: a folder of this run alone does as well.
            return Directory.CreateTempSubdirectory("blackstart-home-").FullName;
        }
    }

    private static string CreateInCache()
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache) || !System.IO.Path.IsPathRooted(cache))
        {
            cache = System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }

        var home = System.IO.Path.Combine(cache, "blackstart", "home");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(home);
        }
        else
        {
            Directory.CreateDirectory(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return home;
    }
}
