using Microsoft.Win32.SafeHandles;

namespace Blackstart.Longhorn.Files;

/// <summary>A file that is open for reading, with the status it had when opened.</summary>
internal readonly record struct OpenedFile(SafeFileHandle Handle, FileStatus Status);
