namespace Blackstart.Longhorn.Choosing;

/// <summary>How replicas are compared.</summary>
public sealed record ChoosingOptions
{
    /// <summary>The volume's size in bytes where it is known from the cluster or a capture; replicas of another size are then stale.</summary>
    public long? ExpectedSize { get; init; }

    /// <summary>Whether replicas that stand equal are compared byte for byte, which reads them wholly. If not, the first is taken and the reason says so.</summary>
    public bool CompareContents { get; init; } = true;
}
