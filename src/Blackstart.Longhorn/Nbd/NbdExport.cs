using Blackstart.Longhorn.Blocks;

namespace Blackstart.Longhorn.Nbd;

/// <summary>A device under a name.</summary>
/// <param name="Name">Export name, at most 4096 bytes in UTF-8.</param>
/// <param name="Device">What is served; not disposed with the server. What it supports beyond reading, writing and flushing is offered by the interfaces it has.</param>
public sealed record NbdExport(string Name, IBlockDevice Device)
{
    /// <summary>Refuse everything that writes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Words for people, shown by <c>nbdinfo</c>.</summary>
    public string? Description { get; init; }

    internal ushort TransmissionFlags
    {
        get
        {
            var flags = NbdProtocol.HasFlags | NbdProtocol.FlagSendFlush | NbdProtocol.FlagSendDf | NbdProtocol.FlagCanMultiConn;
            if (ReadOnly)
            {
                return (ushort)(flags | NbdProtocol.FlagReadOnly);
            }

            flags |= NbdProtocol.FlagSendFua;
            flags |= Device is ITrimmingBlockDevice ? NbdProtocol.FlagSendTrim : 0;
            flags |= Device is IZeroingBlockDevice ? NbdProtocol.FlagSendWriteZeroes : 0;
            return (ushort)flags;
        }
    }
}
