using Blackstart.Core.Errors;
using Blackstart.Core.Estates;

namespace Blackstart.Systems.Machines;

/// <summary>Who a machine is: its machine-id, 32 hexadecimal digits made once at installation (machine-id(5)).</summary>
public static class MachineIdentity
{
    private const int LongestFile = 256;

    /// <summary>Reads the machine-id that <c>blackstart.yaml</c> points to.</summary>
    /// <exception cref="BlackstartException"><c>BS4005</c>: the environment has no such machine, or its file cannot be read or holds something else.</exception>
    public static async Task<string?> AskAsync(EstateEnvironment environment, string machine, CancellationToken cancellationToken)
    {
        // What is read here is this machine's: without a path of its own a node is somewhere else.
        var path = environment.FindNode(machine)?.MachineIdFile
            ?? throw Error(machine, $"environment '{environment.Name}' names no machineIdFile for it", null);
        try
        {
            var text = new FileInfo(path) is { Exists: true, Length: <= LongestFile }
                ? (await File.ReadAllTextAsync(path, cancellationToken)).Trim()
                : throw new IOException($"{path} is missing, or is no machine-id");
            return text.Length == 32 && text.All(char.IsAsciiHexDigitLower)
                ? text
                : throw new IOException($"{path} does not hold 32 hexadecimal digits");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Error(machine, e.Message.TrimEnd('.'), e);
        }
    }

    private static BlackstartException Error(string machine, string cause, Exception? inner) => new(
        "BS4005",
        ExitCode.CouldNotVerify,
        $"asking the machine '{machine}' who it is",
        cause,
        "Check nodes[].machineIdFile in blackstart.yaml, and that the machine's disk is there",
        inner);
}
