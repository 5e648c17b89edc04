using System.CommandLine;

namespace Blackstart.Cli.Composition;

/// <summary>Options that several commands share; each command owns its copy.</summary>
internal static class SharedOptions
{
    public static Option<string?> Config() => new("--config", "-c")
    {
        Description = "The estate's file (default: $BLACKSTART_CONFIG, the nearest blackstart.yaml upwards, or the lab's)",
        HelpName = "FILE",
    };

    public static Option<string?> Environment() => new("--environment", "-e")
    {
        Description = "The environment to act on (default: the only sandbox)",
        HelpName = "NAME",
    };

    public static Option<string> Output(params string[] formats)
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = string.Join(" or ", formats),
            DefaultValueFactory = _ => formats[0],
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }

    public static Option<string?> Progress()
    {
        var option = new Option<string?>("--progress")
        {
            Description = "json: a line {\"done\",\"size\",\"data\"} on standard error, at most four a second (default: a line for people, on a terminal)",
            HelpName = "FORMAT",
        };
        option.AcceptOnlyFromAmong("json");
        return option;
    }

    public static Option<string?> Plan()
    {
        var option = new Option<string?>("--plan")
        {
            Description = "Print the plan and touch nothing: text, json or mermaid",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "FORMAT",
        };
        option.AcceptOnlyFromAmong("text", "json", "mermaid");
        return option;
    }
}
