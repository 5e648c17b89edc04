using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates;

/// <summary>Collects what is wrong with one file, so that all of it is said at once.</summary>
internal sealed class EstateProblems(string file)
{
    /// <summary>Nobody reads more; without a limit a hostile file costs memory.</summary>
    private const int Most = 1000;

    private readonly List<EstateError> _errors = [];

    public string File => file;

    public bool Any => _errors.Count > 0;

    public IReadOnlyList<EstateError> InFileOrder =>
        [.. _errors.Distinct().OrderBy(e => e.Line).ThenBy(e => e.Column).ThenBy(e => e.Code, StringComparer.Ordinal)];

    public void Add(string code, Place place, string message, string remedy)
    {
        if (_errors.Count < Most)
        {
            _errors.Add(new EstateError(code, file, place.Line, place.Column, message, remedy));
        }
    }
}
