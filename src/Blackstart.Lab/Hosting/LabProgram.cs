using System.Reflection;

namespace Blackstart.Lab.Hosting;

/// <summary>How to start this very program again, for the lab's own processes.</summary>
/// <param name="Path">Executable.</param>
/// <param name="Arguments">What comes before the command words.</param>
public sealed record LabProgram(string Path, params IReadOnlyList<string> Arguments)
{
    /// <summary>The running program.</summary>
    public static LabProgram Current
    {
        get
        {
            var path = Environment.ProcessPath ?? throw new InvalidOperationException("the program's own path is not known");
            return System.IO.Path.GetFileNameWithoutExtension(path) == "dotnet" && Assembly.GetEntryAssembly()?.Location is { Length: > 0 } library
                ? new LabProgram(path, library)
                : new LabProgram(path);
        }
    }

    /// <summary>The arguments that make it the lab process of a name.</summary>
    internal IReadOnlyList<string> ProcessArguments(string name, IEnumerable<string> arguments) =>
        [.. Arguments, "lab", "process", name, "--", .. arguments];
}
