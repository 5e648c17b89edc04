using Blackstart.Core.Errors;
using Blackstart.Core.Planning;

namespace Blackstart.Systems.Longhorn;

/// <summary>An operator's answer to the question which replica a volume is to be brought back from.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Node">The node it lies on.</param>
/// <param name="Directory">Its directory there: the path, or only the last part of it.</param>
public sealed record NamedReplica(string Volume, string Node, string Directory)
{
    /// <summary>Name of the run's option that holds them.</summary>
    public const string Option = "replica";

    /// <summary>Demands that each is <c>VOLUME=NODE:DIR</c>, and that none names a volume twice.</summary>
    /// <returns>The same.</returns>
    /// <exception cref="BlackstartException"><c>BS4630</c>.</exception>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> given)
    {
        var volumes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var named = Read(text) ?? throw Slip(text, "it is not VOLUME=NODE:DIR");
            if (!volumes.Add(named.Volume))
            {
                throw Slip(text, $"volume {named.Volume} is named twice");
            }
        }

        return given;
    }

    /// <summary>The one that is named for a volume; null when none is.</summary>
    internal static NamedReplica? Of(RunOptions options, string volume) => options.Of(Option).Select(Read).FirstOrDefault(n => n?.Volume == volume);

    /// <summary>The refusal of what cannot be meant.</summary>
    internal static BlackstartException Slip(string text, string cause) => new(
        "BS4630",
        ExitCode.InvalidInput,
        $"taking '{text}' as the replica to bring a volume back from",
        cause,
        "Write --replica VOLUME=NODE:DIR, as `blackstart recover` and `blackstart longhorn scan` list them; nothing was begun");

    /// <summary>The node and the directory, as they are typed.</summary>
    public override string ToString() => $"{Node}:{Directory}";

    private static NamedReplica? Read(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } volume, var place] && place.Split(':', 2) is [{ Length: > 0 } node, { Length: > 0 } directory]
            ? new NamedReplica(volume, node, Path.TrimEndingDirectorySeparator(directory))
            : null;
}
