using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Nbd;

/// <summary>The fixed part of a request, as on the wire.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NbdRequest(ushort Flags, ushort Command, ulong Cookie, ulong Offset, uint Length);
