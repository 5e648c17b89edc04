namespace Blackstart.Lab.Kubernetes.Fields;

/// <summary>What differs between two versions of an object.</summary>
internal sealed record FieldChanges(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    public bool None => Added.IsEmpty && Modified.IsEmpty && Removed.IsEmpty;
}
