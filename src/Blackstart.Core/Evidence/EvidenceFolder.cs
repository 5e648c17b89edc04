using System.Globalization;
using System.Text.RegularExpressions;

namespace Blackstart.Core.Evidence;

/// <summary>The files of a folder of evidence.</summary>
/// <param name="Documents">Files named like documents, in the order of their numbers, then names.</param>
/// <param name="Others">Names of entries that do not belong there.</param>
/// <param name="HasHead">Whether there is a HEAD.</param>
internal sealed partial record EvidenceFolder(
    IReadOnlyList<(int Sequence, string Run, string Path)> Documents, IReadOnlyList<string> Others, bool HasHead)
{
    public const string LockName = ".lock";

    public static EvidenceFolder Of(string folder)
    {
        var documents = new List<(int Sequence, string Run, string Path)>();
        var others = new List<string>();
        var hasHead = false;
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder) : [])
        {
            var name = Path.GetFileName(path);
            if (DocumentName().Match(name) is { Success: true } match && !Directory.Exists(path))
            {
                documents.Add((int.Parse(match.Groups["sequence"].Value, CultureInfo.InvariantCulture), match.Groups["run"].Value, path));
            }
            else if (string.Equals(name, EvidenceHead.FileName, StringComparison.Ordinal))
            {
                hasHead = true;
            }
            else if (name is not (LockName or DurableFile.TemporaryName))
            {
                others.Add(name);
            }
        }

        documents.Sort((a, b) => (a.Sequence, a.Path).CompareTo((b.Sequence, b.Path)));
        others.Sort(StringComparer.Ordinal);
        return new EvidenceFolder(documents, others, hasHead);
    }

    public static bool IsRunName(string run) => RunName().IsMatch(run);

    [GeneratedRegex(@"^(?<sequence>0*[0-9]{1,9})-(?<run>[A-Za-z0-9][A-Za-z0-9._-]{0,127})\.json\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DocumentName();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RunName();
}
