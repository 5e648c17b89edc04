namespace Blackstart.Lab.Vault.Policies;

/// <summary>
/// Decides what a set of policies allows on a path. An exact path beats a pattern; of patterns the more specific one wins
/// (later first wildcard, no glob at the end, fewer <c>+</c>, longer, later in the alphabet); rules of the same pattern add
/// up, and <c>deny</c> beats all.
/// </summary>
internal sealed class AccessControl(bool isRoot, IReadOnlyList<PolicyRule> rules)
{
    private static readonly HashSet<string> Nothing = ["deny"];

    /// <summary>The capabilities on a path, in order; <c>root</c> for a root token, <c>deny</c> for none.</summary>
    public IReadOnlyList<string> CapabilitiesOf(string path)
    {
        if (isRoot)
        {
            return ["root"];
        }

        var capabilities = Find(path);
        return capabilities.Contains("deny") ? ["deny"] : [.. capabilities.Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether an operation is allowed.</summary>
    /// <param name="capability">What the operation needs.</param>
    /// <param name="path">Its path; of a list, with the slash at its end.</param>
    /// <param name="needsSudo">The path is protected.</param>
    public bool Allows(string capability, string path, bool needsSudo)
    {
        if (isRoot)
        {
            return true;
        }

        var capabilities = Find(path);
        if (capability == "list" && capabilities.SetEquals(Nothing) && path.EndsWith('/'))
        {
            capabilities = Find(path.TrimEnd('/'));
        }

        return !capabilities.Contains("deny") && capabilities.Contains(capability) && (!needsSudo || capabilities.Contains("sudo"));
    }

    private HashSet<string> Find(string path)
    {
        var best = rules.Where(rule => Matches(rule.Pattern, path)).Select(rule => rule.Pattern).Distinct(StringComparer.Ordinal)
            .OrderByDescending(pattern => FirstWildcard(pattern))
            .ThenBy(pattern => pattern.EndsWith('*'))
            .ThenBy(pattern => pattern.Split('/').Count(segment => segment == "+"))
            .ThenByDescending(pattern => pattern.Length)
            .ThenByDescending(pattern => pattern, StringComparer.Ordinal)
            .FirstOrDefault();
        if (best is null)
        {
            return Nothing;
        }

        var capabilities = rules.Where(rule => rule.Pattern == best).SelectMany(rule => rule.Capabilities).ToHashSet(StringComparer.Ordinal);
        return capabilities.Count == 0 ? Nothing : capabilities;
    }

    private static int FirstWildcard(string pattern)
    {
        var segment = 0;
        for (var index = 0; index < pattern.Length; index++)
        {
            var first = index == segment;
            if (pattern[index] == '/')
            {
                segment = index + 1;
            }
            else if ((pattern[index] == '+' && first && (index + 1 == pattern.Length || pattern[index + 1] == '/'))
                || (pattern[index] == '*' && index == pattern.Length - 1))
            {
                return index;
            }
        }

        return int.MaxValue;
    }

    private static bool Matches(string pattern, string path)
    {
        var glob = pattern.EndsWith('*');
        var wanted = (glob ? pattern[..^1] : pattern).Split('/');
        var actual = path.Split('/');
        if (actual.Length < wanted.Length || (!glob && actual.Length != wanted.Length))
        {
            return false;
        }

        for (var index = 0; index < wanted.Length; index++)
        {
            var last = index == wanted.Length - 1;
            var same = wanted[index] == "+"
                || (glob && last ? actual[index].StartsWith(wanted[index], StringComparison.Ordinal) : actual[index] == wanted[index]);
            if (!same)
            {
                return false;
            }
        }

        return true;
    }
}
