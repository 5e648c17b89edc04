using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates.Shapes;

/// <summary>One reading of one file: where relative paths start, and what is wrong so far.</summary>
internal sealed class EstateReading(EstateProblems problems, string folder)
{
    public EstateProblems Problems => problems;

    public void Add(string code, YamlNode node, string message, string remedy) => problems.Add(code, node.Place, message, remedy);

    /// <summary>The absolute form of a path in the file; a leading <c>~/</c> is the user's home.</summary>
    public string Resolve(string path) => path.StartsWith("~/", StringComparison.Ordinal)
        ? Path.GetFullPath(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]))
        : Path.GetFullPath(path, folder);
}
