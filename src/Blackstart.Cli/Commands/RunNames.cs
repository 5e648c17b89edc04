using Blackstart.Cli.Composition;

namespace Blackstart.Cli.Commands;

/// <summary>The name of a run as people type it.</summary>
internal static class RunNames
{
    /// <summary><c>last</c> stands for the newest run; anything else for itself.</summary>
    public static string Resolve(string name) => name == "last" && Session.Runs.List() is [.., var newest] ? newest : name;
}
