namespace Blackstart.Longhorn.Files;

/// <summary>Where a path really leads.</summary>
internal static class RealPath
{
    /// <summary>Follows every link of an absolute path.</summary>
    /// <exception cref="IOException">Too many links.</exception>
    internal static string Of(string path)
    {
        // The current folder of a process is always the real one, but there is only one per process: resolve name by name.
        var real = "/";
        var rest = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        for (var links = 0; rest.TryPop(out var name);)
        {
            if (name is "." or "..")
            {
                real = name == ".." ? Path.GetDirectoryName(real) ?? "/" : real;
                continue;
            }

            var next = Path.Combine(real, name);
            if (ReadOnlyDirectory.StatusOf(next) is not { Kind: FileKind.SymbolicLink })
            {
                real = next;
                continue;
            }

            if (++links > 40)
            {
                throw new IOException($"{path}: too many symbolic links");
            }

            var target = new FileInfo(next).LinkTarget!;
            real = Path.IsPathRooted(target) ? "/" : real;
            foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                rest.Push(part);
            }
        }

        return real;
    }
}
