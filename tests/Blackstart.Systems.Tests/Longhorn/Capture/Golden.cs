namespace Blackstart.Systems.Tests.Longhorn.Capture;

/// <summary>Files beside the tests: a cluster as it lives, and the capture that must come of it. BLACKSTART_GOLDEN=write writes them anew.</summary>
internal static class Golden
{
    public static string Read(string name) => File.ReadAllText(Path(name));

    public static void Check(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("BLACKSTART_GOLDEN") == "write")
        {
            File.WriteAllText(Path(name), text);
        }

        text.ShouldBe(Read(name));
    }

    private static string Path(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(root.FullName, "Blackstart.slnx")))
        {
            root = root.Parent ?? throw new InvalidOperationException("The tests do not run in the repository");
        }

        return System.IO.Path.Combine(root.FullName, "tests", "Blackstart.Systems.Tests", "Longhorn", "Capture", "Golden", name);
    }
}
