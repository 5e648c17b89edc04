namespace Blackstart.Longhorn.Blocks;

/// <summary>
/// Failures of devices by their errno, carried in <see cref="Exception.HResult"/> as the .NET file API does on Unix.
/// Numbers and their spelling are Linux's, which are also the Network Block Device protocol's.
/// </summary>
public static class BlockError
{
    /// <summary>EPERM: the device is read-only.</summary>
    public const int NotPermitted = 1;

    /// <summary>EIO.</summary>
    public const int InputOutput = 5;

    /// <summary>ENOMEM.</summary>
    public const int NoMemory = 12;

    /// <summary>EINVAL: the request makes no sense to the device.</summary>
    public const int Invalid = 22;

    /// <summary>ENOSPC.</summary>
    public const int NoSpace = 28;

    /// <summary>EOVERFLOW: the request is longer than the device takes at once.</summary>
    public const int Overflow = 75;

    /// <summary>ENOTSUP (EOPNOTSUPP).</summary>
    public const int NotSupported = 95;

    /// <summary>ESHUTDOWN: the device is going away.</summary>
    public const int Shutdown = 108;

    /// <summary>The operating system's words for an errno.</summary>
    /// <param name="errno">A Linux errno.</param>
    public static string Describe(int errno) => errno switch
    {
        NotPermitted => "Operation not permitted",
        InputOutput => "Input/output error",
        NoMemory => "Cannot allocate memory",
        Invalid => "Invalid argument",
        NoSpace => "No space left on device",
        Overflow => "Value too large for defined data type",
        NotSupported => "Operation not supported",
        Shutdown => "Cannot send after transport endpoint shutdown",
        _ => $"error {errno}",
    };

    /// <summary>A failure with an errno, worded as the operating system does.</summary>
    /// <param name="errno">A Linux errno.</param>
    /// <param name="attempted">What was attempted, on what.</param>
    public static IOException Exception(int errno, string attempted) => new($"{attempted}: {Describe(errno)}", errno);

    /// <summary>The errno of a failure: its own if it carries a known one, EINVAL for a bad argument, otherwise EIO.</summary>
    /// <param name="exception">What a device threw.</param>
    public static int Of(Exception exception) => exception switch
    {
        IOException { HResult: NotPermitted or InputOutput or NoMemory or Invalid or NoSpace or Overflow or NotSupported or Shutdown } io => io.HResult,
        UnauthorizedAccessException => NotPermitted,
        ArgumentException => Invalid,
        NotSupportedException => NotSupported,
        OutOfMemoryException => NoMemory,
        ObjectDisposedException => Shutdown,
        _ => InputOutput,
    };
}
