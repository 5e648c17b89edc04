using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Blackstart.Systems.Nodes;

/// <summary>What every command on a node is given beside its own arguments.</summary>
public static class NodeArguments
{
    /// <summary>Our version: the program on the node must be the same, or it may not mean the same by what it is asked.</summary>
    public static string Version { get; } =
        typeof(NodeArguments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The words after the program.</summary>
    internal static IReadOnlyList<string> Of(NodeCommand command, bool isLifeline)
    {
        List<string> words = ["longhorn", .. command.Arguments, "--node-version", Version];
        if (isLifeline)
        {
            words.Add("--node-lifeline");
        }

        if (command.Attempt is not null)
        {
            words.AddRange(["--node-alone", Key(command)]);
        }

        return words;
    }

    /// <summary>Names what a command writes to, on its machine: of those with the same only one is at work.</summary>
    private static string Key(NodeCommand command) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(command.Endpoint ?? command.Name)))[..16];
}
