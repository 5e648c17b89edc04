namespace Blackstart.Longhorn.Nbd;

/// <summary>
/// Numbers of the Network Block Device protocol, from its specification
/// (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, "Values" and the sections on negotiation and transmission).
/// All integers on the wire are big-endian.
/// </summary>
internal static class NbdProtocol
{
    public const ulong InitialMagic = 0x4e42444d41474943; // "NBDMAGIC"
    public const ulong OptionMagic = 0x49484156454F5054; // "IHAVEOPT"
    public const ulong OptionReplyMagic = 0x0003e889045565a9;
    public const uint RequestMagic = 0x25609513;
    public const uint SimpleReplyMagic = 0x67446698;
    public const uint StructuredReplyMagic = 0x668e33ef;

    public const int RequestLength = 28;
    public const int SimpleReplyLength = 16;
    public const int StructuredReplyLength = 20;

    public const ushort FixedNewstyle = 1;
    public const ushort NoZeroes = 2;

    public const uint OptionExportName = 1;
    public const uint OptionAbort = 2;
    public const uint OptionList = 3;
    public const uint OptionInfo = 6;
    public const uint OptionGo = 7;
    public const uint OptionStructuredReply = 8;
    public const uint OptionListMetaContext = 9;
    public const uint OptionSetMetaContext = 10;

    public const uint ReplyAck = 1;
    public const uint ReplyServer = 2;
    public const uint ReplyInfo = 3;
    public const uint ReplyMetaContext = 4;
    public const uint ReplyErrorBit = 0x8000_0000;
    public const uint ReplyUnsupported = ReplyErrorBit | 1;
    public const uint ReplyInvalid = ReplyErrorBit | 3;
    public const uint ReplyUnknown = ReplyErrorBit | 6;
    public const uint ReplyTooBig = ReplyErrorBit | 9;

    public const ushort InfoExport = 0;
    public const ushort InfoName = 1;
    public const ushort InfoDescription = 2;
    public const ushort InfoBlockSize = 3;

    public const ushort HasFlags = 1 << 0;
    public const ushort FlagReadOnly = 1 << 1;
    public const ushort FlagSendFlush = 1 << 2;
    public const ushort FlagSendFua = 1 << 3;
    public const ushort FlagSendTrim = 1 << 5;
    public const ushort FlagSendWriteZeroes = 1 << 6;
    public const ushort FlagSendDf = 1 << 7;
    public const ushort FlagCanMultiConn = 1 << 8;

    public const ushort CommandRead = 0;
    public const ushort CommandWrite = 1;
    public const ushort CommandDisconnect = 2;
    public const ushort CommandFlush = 3;
    public const ushort CommandTrim = 4;
    public const ushort CommandWriteZeroes = 6;
    public const ushort CommandBlockStatus = 7;

    public const ushort CommandFlagFua = 1 << 0;
    public const ushort CommandFlagNoHole = 1 << 1;
    public const ushort CommandFlagDf = 1 << 2;
    public const ushort CommandFlagReqOne = 1 << 3;

    public const ushort ChunkDone = 1;
    public const ushort ChunkNone = 0;
    public const ushort ChunkOffsetData = 1;
    public const ushort ChunkOffsetHole = 2;
    public const ushort ChunkBlockStatus = 5;
    public const ushort ChunkErrorBit = 1 << 15;
    public const ushort ChunkError = ChunkErrorBit | 1;

    public const string BaseAllocation = "base:allocation";
    public const uint StateHole = 1;
    public const uint StateZero = 2;

    /// <summary>Longest payload of one request: what the specification tells a client to assume a server takes.</summary>
    public const int MaximumPayload = 32 * 1024 * 1024;

    /// <summary>Longest name the specification allows.</summary>
    public const int MaximumString = 4096;
}
