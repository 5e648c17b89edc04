using Blackstart.Longhorn.Extents;
using Blackstart.Longhorn.Files;

namespace Blackstart.Longhorn.Tests.Support;

/// <summary>A folder on a file system with FIEMAP (ext4, XFS, btrfs), removed at the end.</summary>
public sealed class TestFolder : IDisposable
{
    private static readonly Lazy<string> Root = new(FindRoot);

    public TestFolder()
    {
        Path = System.IO.Path.Combine(Root.Value, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string FindRoot()
    {
        // Where tests are built is where the source lies, which is rarely a tmpfs; /tmp often is one.
        string[] candidates = [System.IO.Path.Combine(AppContext.BaseDirectory, "tmp"), "/var/tmp/blackstart-tests", "/tmp/blackstart-tests"];
        return Array.Find(candidates, HasExtentMap) ?? throw new InvalidOperationException("No file system with FIEMAP is at hand.");
    }

    private static bool HasExtentMap(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = System.IO.Path.Combine(folder, Guid.NewGuid().ToString("N"));
            File.WriteAllText(probe, "probe");
            try
            {
                using var handle = File.OpenHandle(probe);
                Fiemap.Read(handle, 0, 4096, []);
                return ReadOnlyDirectory.StatusOf(handle).BlockSize == BlockAlignment.BlockSize;
            }
            finally
            {
                File.Delete(probe);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
