using System.Globalization;
using System.Runtime.InteropServices;

namespace Blackstart.Lab.Kubelet;

/// <summary>
/// A mounted Secret or ConfigMap: a folder whose files change all at once. As in a real pod, <c>..data</c> is a symbolic link
/// to the folder of the moment and each file one into <c>..data</c>.
/// </summary>
internal sealed partial class AtomicFolder(string path)
{
    private int _generation;

    public string Path => path;

    public async Task WriteAsync(IReadOnlyDictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        var data = System.IO.Path.Combine(path, "..data");
        var before = new DirectoryInfo(data).LinkTarget;
        var folder = string.Create(CultureInfo.InvariantCulture, $"..{Guid.NewGuid():N}.{++_generation}");
        var full = System.IO.Path.Combine(path, folder);
        Directory.CreateDirectory(full);
        foreach (var (name, content) in files)
        {
            await File.WriteAllBytesAsync(System.IO.Path.Combine(full, name), content, cancellationToken);
        }

        var link = System.IO.Path.Combine(path, "..data_tmp");
        File.Delete(link);
        File.CreateSymbolicLink(link, folder);
        if (Rename(link, data) != 0)
        {
            throw new IOException($"renaming {link} to {data} failed with errno {Marshal.GetLastPInvokeError().ToString(CultureInfo.InvariantCulture)}");
        }

        foreach (var name in files.Keys)
        {
            var file = System.IO.Path.Combine(path, name);
            if (new FileInfo(file).LinkTarget is null)
            {
                File.CreateSymbolicLink(file, System.IO.Path.Combine("..data", name));
            }
        }

        if (before is not null)
        {
            Directory.Delete(System.IO.Path.Combine(path, before), recursive: true);
        }
    }

    // File.Move follows a link to a folder and finds no file there; rename(2) replaces one link by the other at once.
    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Rename(string from, string to);
}
