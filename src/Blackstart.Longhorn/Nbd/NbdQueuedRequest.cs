using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Nbd;

/// <summary>A request that was received whole.</summary>
/// <param name="Request">Its fixed part.</param>
/// <param name="Payload">What is to be written, in a rented array at least as long; null unless it is a write that may be done.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NbdQueuedRequest(NbdRequest Request, byte[]? Payload);
