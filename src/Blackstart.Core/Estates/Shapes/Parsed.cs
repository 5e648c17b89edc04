namespace Blackstart.Core.Estates.Shapes;

/// <summary>A value made of a text, or the fact that it could not be.</summary>
internal readonly record struct Parsed<T>(bool Good, T? Value)
{
    public static Parsed<T> Bad => default;

    public static implicit operator Parsed<T>(T value) => new(Good: true, value);
}
