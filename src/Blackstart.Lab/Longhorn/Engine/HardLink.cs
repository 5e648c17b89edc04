using System.Runtime.InteropServices;
using Blackstart.Longhorn.Blocks;

namespace Blackstart.Lab.Longhorn.Engine;

/// <summary>link(2): a second name for a file, as a snapshot is a second name for the head it was.</summary>
internal static partial class HardLink
{
    public static void Create(string existing, string name)
    {
        if (Link(existing, name) != 0)
        {
            throw BlockError.Exception(Marshal.GetLastPInvokeError(), $"Linking {existing} as {name}");
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
