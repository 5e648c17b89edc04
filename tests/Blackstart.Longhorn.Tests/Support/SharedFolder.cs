namespace Blackstart.Longhorn.Tests.Support;

/// <summary>Recorded material that lies beside the repository on some machines; its tests do nothing where it is absent.</summary>
internal static class SharedFolder
{
    internal static string? Find(string relative)
    {
        if (Environment.GetEnvironmentVariable("BLACKSTART_SHARED") is { Length: > 0 } named)
        {
            return Existing(Path.Combine(named, relative));
        }

        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Blackstart.slnx")))
            {
                return Existing(Path.Combine(folder, "..", "shared", relative));
            }
        }

        return null;
    }

    private static string? Existing(string path) => Path.Exists(path) ? Path.GetFullPath(path) : null;
}
