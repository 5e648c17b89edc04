using System.Reflection;
using Blackstart.Longhorn.Blocks;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Tests.ReadOnly;

/// <summary>Whatever this library can do to a file beyond reading it, it does in the few classes that write targets.</summary>
public sealed class OnlyTargetsAreWrittenTests
{
    /// <summary>Classes outside of Export that may call what could write, and what for.</summary>
    private static readonly Dictionary<string, string> Writers = new(StringComparer.Ordinal)
    {
        ["Blackstart.Longhorn.Blocks.BlockDeviceFile"] = "devices to write into, and the questions about them, ioctls",
        ["Blackstart.Longhorn.Blocks.FileBlockDevice"] = "disks of the lab",
        ["Blackstart.Longhorn.Devices.SparseCopy"] = "a copy of what is read back, for the file system check",
        ["Blackstart.Longhorn.Extents.Fiemap"] = "the question where a file is allocated, an ioctl",
        ["Blackstart.Longhorn.Files.OpenFileTable"] = "files of /proc, opened for reading",
        ["Blackstart.Longhorn.Nbd.UnixSocket"] = "the socket of a server, never a file",
        ["Blackstart.Longhorn.Nbd.NbdServer"] = "the socket of a server, never a file",
    };

    /// <summary>Native calls that can only read; <c>openat</c> has a test of its own.</summary>
    private static readonly string[] ReadingNatives = ["Statx", "Advise", "OpenAt", "ReadAt", "GetDirectoryEntries"];

    [Fact]
    public void Only_targets_are_written()
    {
        var calls = CalledMethods.Of(typeof(ReplicaDirectory).Assembly).Where(call => call.From != call.To.DeclaringType).ToList();
        calls.Count.ShouldBeGreaterThan(1000, "the walk through the code has to find it");
        var writing = calls.Where(call => Writes(call.To)).ToList();
        writing.Select(call => call.From.FullName).ShouldContain("Blackstart.Longhorn.Export.RawImageTarget", "or the list of what writes is out of date");
        writing.Where(call => !IsAllowed(call.From))
            .Select(call => $"{call.From.FullName} calls {call.To.DeclaringType!.Name}.{call.To.Name}")
            .Distinct(StringComparer.Ordinal)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_read_only_directory_and_targets_open_by_the_native_call()
    {
        var openers = CalledMethods.Of(typeof(ReplicaDirectory).Assembly)
            .Where(call => IsNative(call.To) && call.To.Name == "OpenAt" && call.From != call.To.DeclaringType)
            .Select(call => call.From)
            .Distinct()
            .Where(type => !string.Equals(type.Namespace, "Blackstart.Longhorn.Export", StringComparison.Ordinal));
        openers.Select(type => type.FullName).Order(StringComparer.Ordinal).ShouldBe(
            ["Blackstart.Longhorn.Blocks.BlockDeviceFile", "Blackstart.Longhorn.Files.ReadOnlyDirectory"]);
    }

    [Fact]
    public void What_reads_replicas_knows_no_target()
    {
        string[] reading = ["Replicas", "Merging", "Extents", "Files", "BackingImages", "Content", "Choosing", "Scanning"];
        CalledMethods.Of(typeof(ReplicaDirectory).Assembly)
            .Where(call => reading.Contains(call.From.Namespace?["Blackstart.Longhorn".Length..].TrimStart('.'), StringComparer.Ordinal))
            .Where(call => call.To.DeclaringType is { } to && (string.Equals(to.Namespace, "Blackstart.Longhorn.Export", StringComparison.Ordinal) || to == typeof(FileBlockDevice)))
            .Select(call => $"{call.From.FullName} calls {call.To.DeclaringType!.Name}.{call.To.Name}")
            .ShouldBeEmpty();
    }

    private static bool IsAllowed(Type type) =>
        string.Equals(type.Namespace, "Blackstart.Longhorn.Export", StringComparison.Ordinal) || Writers.ContainsKey(type.FullName!);

    private static bool Writes(MethodBase method)
    {
        var type = method.DeclaringType;
        var name = method.Name;
        return IsNative(method) ? !ReadingNatives.Contains(name, StringComparer.Ordinal) && !name.StartsWith("get_", StringComparison.Ordinal)
            : type == typeof(File) ? !IsReading(name, method) && name is not ("Exists" or "GetAttributes" or "GetUnixFileMode" or "GetLastWriteTimeUtc" or "GetLastWriteTime" or "GetCreationTimeUtc" or "ResolveLinkTarget")
            : type == typeof(Directory) ? !name.StartsWith("Get", StringComparison.Ordinal) && !name.StartsWith("Enumerate", StringComparison.Ordinal) && name is not ("Exists" or "ResolveLinkTarget")
            : type == typeof(RandomAccess) ? name is not ("Read" or "ReadAsync" or "GetLength")
            : type == typeof(FileStream) || type == typeof(StreamWriter) ? method.IsConstructor
            : typeof(FileSystemInfo).IsAssignableFrom(type) && (name.StartsWith("set_", StringComparison.Ordinal) || name is "Delete" or "MoveTo" or "CopyTo" or "Create" or "CreateText" or "AppendText" or "Open" or "OpenWrite" or "Replace" or "CreateAsSymbolicLink" or "CreateSubdirectory" or "Encrypt" or "Decrypt");
    }

    /// <summary>The ways of opening that can only read. A handle or stream with a mode can do both, so it is none of them.</summary>
    private static bool IsReading(string name, MethodBase method) =>
        name.StartsWith("Read", StringComparison.Ordinal) || name is "OpenRead" or "OpenText" || (name == "OpenHandle" && method.GetParameters().Length == 0);

    private static bool IsNative(MethodBase method) => string.Equals(method.DeclaringType?.FullName, "Blackstart.Longhorn.Files.NativeMethods", StringComparison.Ordinal);
}
