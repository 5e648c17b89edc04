namespace Blackstart.Longhorn.Files;

/// <summary>What lies behind a name, without following it.</summary>
internal enum FileKind
{
    Other,
    Regular,
    Directory,
    SymbolicLink,
    Fifo,
    CharacterDevice,
    BlockDevice,
    Socket,
}
