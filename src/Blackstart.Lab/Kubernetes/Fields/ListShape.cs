namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>How a list merges: as one value, as a set, or by the keys of its elements.</summary>
internal sealed record ListShape(bool Set, IReadOnlyList<string> Keys)
{
    public static ListShape Atomic { get; } = new(false, []);

    public bool Associative => Keys.Count > 0;
}
