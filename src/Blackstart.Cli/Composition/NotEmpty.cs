using System.CommandLine;
using System.CommandLine.Parsing;

namespace Blackstart.Cli.Composition;

/// <summary>Arguments and options whose value names something: an empty one is wrong use, as a variable that is not set makes it.</summary>
internal static class NotEmpty
{
    public static Argument<T> Named<T>(this Argument<T> argument)
    {
        argument.Validators.Add(Check);
        return argument;
    }

    public static Option<T> Named<T>(this Option<T> option)
    {
        option.Validators.Add(Check);
        return option;
    }

    private static void Check(SymbolResult result)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
        {
            result.AddError(result is OptionResult option ? $"{option.Option.Name} is empty." : "An empty argument names nothing.");
        }
    }
}
