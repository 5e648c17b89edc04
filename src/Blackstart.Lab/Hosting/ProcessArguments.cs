namespace Blackstart.Lab.Hosting;

/// <summary>Arguments of a lab process: <c>--name value</c> pairs.</summary>
internal sealed class ProcessArguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public ProcessArguments(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == arguments.Count)
            {
                throw new ArgumentException($"'{arguments[i]}' is no option with a value", nameof(arguments));
            }

            _values[arguments[i][2..]] = arguments[i + 1];
        }
    }

    public string Required(string name) =>
        Optional(name) ?? throw new ArgumentException($"--{name} is missing", nameof(name));

    public string? Optional(string name) => _values.GetValueOrDefault(name);

    /// <summary>A comma-separated list; empty when the option is missing.</summary>
    public IReadOnlyList<string> List(string name) => Optional(name)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
