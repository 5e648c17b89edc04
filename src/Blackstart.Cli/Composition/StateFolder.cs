using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Composition;

/// <summary>Where Blackstart keeps runs and evidence: $BLACKSTART_STATE, else $XDG_STATE_HOME/blackstart, else ~/.local/state/blackstart.</summary>
internal static class StateFolder
{
    public static string Runs => Path.Combine(Root, "runs");

    public static string Evidence => Path.Combine(Root, "evidence");

    private static string Root => LabLayout.StateRoot;
}
