using System.CommandLine;
using Blackstart.Lab.Hosting;

namespace Blackstart.Cli.Commands.Lab;

/// <summary>What the lab starts its own processes with; not for people.</summary>
internal static class LabProcessCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name");
        var arguments = new Argument<string[]>("arguments") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("process", "Run one process of the lab") { name, arguments };
        command.Hidden = true;

        // A synchronous action: the command line's own signal handling, which gives an asynchronous one two seconds to end,
        // must not stand between the process and its orderly stop.
        command.SetAction(parsed => LabProcessEntry.RunAsync(parsed.GetRequiredValue(name), parsed.GetValue(arguments) ?? []).GetAwaiter().GetResult());
        return command;
    }
}
