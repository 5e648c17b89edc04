using Blackstart.Core.Errors;

namespace Blackstart.Systems.Vault;

/// <summary>The file with an environment's unseal keys, one a line, readable by nobody but its owner.</summary>
public static class UnsealKeyFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the keys.</summary>
    /// <exception cref="BlackstartException"><c>BS4202</c> there is none, or it is no plain file; <c>BS4203</c> others may read or write it; <c>BS4204</c> it holds no key.</exception>
    public static IReadOnlyList<string> Read(string? path)
    {
        Check(path);
        var keys = File.ReadAllLines(path!).Select(l => l.Trim()).Where(l => l.Length > 0).ToList();
        return keys.Count > 0
            ? keys
            : throw Error("BS4204", path!, "it is empty", "Put the unseal key back, one a line; it is what `vault operator init` printed");
    }

    /// <summary>Checks that there is such a file, with strict permissions, without reading it.</summary>
    /// <exception cref="BlackstartException"><c>BS4202</c>, <c>BS4203</c>.</exception>
    public static void Check(string? path)
    {
        if (path is null)
        {
            throw Error("BS4202", "(none)", "blackstart.yaml names no unsealKeyFile", "Name it, or unseal by hand and resume the run");
        }

        var file = new FileInfo(path);
        if (!file.Exists || file.LinkTarget is not null)
        {
            throw Error("BS4202", path, file.LinkTarget is null ? "there is no such file" : "it is a symbolic link", "Put the key file back and resume the run; nothing is lost meanwhile");
        }

        if ((file.UnixFileMode & Others) != UnixFileMode.None)
        {
            throw Error("BS4203", path, "others than its owner may read or write it", $"Take that back with `chmod 600 {path}`, and consider who may have read it");
        }
    }

    private static BlackstartException Error(string code, string path, string cause, string remedy) =>
        new(code, ExitCode.Negative, $"reading the unseal key from {path}", cause, remedy);
}
