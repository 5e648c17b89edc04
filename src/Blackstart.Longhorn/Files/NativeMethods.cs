using System.Runtime.InteropServices;

namespace Blackstart.Longhorn.Files;

/// <summary>The few calls of the C library that .NET does not offer. Linux only; constants from the kernel's uapi headers.</summary>
internal static unsafe partial class NativeMethods
{
    internal const int AtCurrentDirectory = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const int AtEmptyPath = 0x1000;

    internal const int OpenReadOnly = 0;
    internal const int OpenReadWrite = 2;
    internal const int OpenCreate = 0x40;
    internal const int OpenExclusive = 0x80;
    internal const int OpenNonBlock = 0x800;
    internal const int OpenNoAccessTime = 0x40000;
    internal const int OpenCloseOnExec = 0x80000;

    internal const int NotPermitted = 1;
    internal const int NotFound = 2;
    internal const int Interrupted = 4;
    internal const int AlreadyExists = 17;
    internal const int NotADirectory = 20;
    internal const int WouldBlock = 11;
    internal const int Busy = 16;
    internal const int NoSpace = 28;
    internal const int SymbolicLinkLoop = 40;

    internal const uint FiemapRequest = 0xC020660B;
    internal const uint FiemapSync = 1;
    internal const uint ExtentLast = 1;
    internal const uint ExtentUnwritten = 0x800;

    internal const int AdviseSequential = 2;
    internal const int AdviseWillNeed = 3;
    internal const int AdviseDoNotNeed = 4;

    internal const int LockExclusiveNonBlocking = 6;
    internal const int Unlock = 8;

    internal const uint BlockDeviceSize = 0x80081272;
    internal const uint BlockDeviceFlushBuffers = 0x1261;

    internal const uint SyncRangeWrite = 2;

    /// <summary>Two flags have other values on Arm than on x86.</summary>
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    internal static int OpenDirectory => IsArm ? 0x4000 : 0x10000;

    internal static int OpenNoFollow => IsArm ? 0x8000 : 0x20000;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenAt(int directory, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Statx(int directory, string path, int flags, uint mask, StatxBuffer* buffer);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    internal static partial nint GetDirectoryEntries(int directory, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    internal static partial nint ReadAt(int descriptor, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    internal static partial int Advise(int descriptor, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    internal static partial int SyncFileRange(int descriptor, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(int descriptor, int operation);
}
