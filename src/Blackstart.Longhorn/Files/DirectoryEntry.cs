using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Files;

/// <summary>A name in a directory.</summary>
/// <param name="Name">The name.</param>
/// <param name="Kind">What the listing says that it is; <see cref="FileKind.Other"/> if the file system does not say.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DirectoryEntry(string Name, FileKind Kind);
