using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Files;

/// <summary>Which file it is, whatever its name: the device and the inode.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileIdentity(ulong Device, ulong Inode);
