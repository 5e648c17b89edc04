using Blackstart.Core.Errors;

namespace Blackstart.Cli.Rendering;

/// <summary>A failure on standard error: what was attempted, the likely cause, what to do next.</summary>
internal static class ErrorText
{
    public static string Of(BlackstartException e) =>
        $"""
        error {e.Code}: {e.Attempted}
          cause: {e.Cause.TrimEnd()}
          next:  {e.Remedy}

        """;
}
