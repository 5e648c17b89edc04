using System.Runtime.CompilerServices;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Nbd;

namespace Blackstart.Longhorn.Devices;

/// <summary>Where a device says that it reads as zeros; a device that cannot tell is data everywhere.</summary>
internal static class DeviceAllocation
{
    private const long Span = 1L << 30;

    /// <summary>Goes through the first bytes of a device, ascending and without gaps.</summary>
    internal static async IAsyncEnumerable<(long Offset, long Length, bool IsZero)> AskAsync(IBlockDevice device, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tells = device is NbdClient { CanTellAllocation: false } ? null : device as IAllocatedBlockDevice;
        for (long offset = 0; offset < length;)
        {
            var span = Math.Min(Span, length - offset);
            IReadOnlyList<BlockExtent> extents = tells is null ? [new BlockExtent(span, Hole: false, Zero: false)] : await tells.AllocationAsync(offset, span, cancellationToken);
            foreach (var extent in extents)
            {
                var part = Math.Min(extent.Length, length - offset);
                if (part > 0)
                {
                    yield return (offset, part, extent.Zero);
                    offset += part;
                }
            }
        }
    }
}
