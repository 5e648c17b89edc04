using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Longhorn;

/// <summary>Places for copies of volumes that are only checked: in a folder that nobody else can read.</summary>
internal static class ScratchFile
{
    /// <summary>A path for a file of that name; what a killed run left there is gone.</summary>
    public static string For(string name)
    {
        var folder = Path.Combine(ToolHome.Path, "scratch");
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name);
        File.Delete(path);
        return path;
    }
}
