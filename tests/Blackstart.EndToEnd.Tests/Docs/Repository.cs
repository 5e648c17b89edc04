namespace Blackstart.EndToEnd.Tests.Docs;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every page that people read, relative to the root.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Blackstart.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"there is no Blackstart.slnx above {AppContext.BaseDirectory}");
    }
}
