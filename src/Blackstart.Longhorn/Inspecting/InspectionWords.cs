using Blackstart.Longhorn.Replicas;

namespace Blackstart.Longhorn.Inspecting;

/// <summary>The words for what is made of one replica alone.</summary>
public static class InspectionWords
{
    /// <summary>The word for a verdict, the same that an export prints.</summary>
    /// <param name="verdict">The verdict.</param>
    public static string Of(ReplicaVerdict verdict) => verdict switch
    {
        ReplicaVerdict.Recoverable => "recoverable",
        ReplicaVerdict.RecoverableWithWarning => "recoverable-with-warning",
        _ => "refuse",
    };
}
