namespace Blackstart.Core.Estates;

/// <summary>One thing wrong with an estate's file.</summary>
/// <param name="Code">Stable code, <c>BS1</c> and three digits, listed in docs/reference/errors.md.</param>
/// <param name="File">Path of the file.</param>
/// <param name="Line">Line, from 1; 0 when the error is about the file as a whole.</param>
/// <param name="Column">Column, from 1; 0 when the error is about the file as a whole.</param>
/// <param name="Message">What is wrong, as a sentence without its full stop.</param>
/// <param name="Remedy">What to do, as a sentence without its full stop.</param>
public sealed record EstateError(string Code, string File, int Line, int Column, string Message, string Remedy)
{
    /// <summary>One line: <c>file:line:column: code: message. Remedy.</c></summary>
    public override string ToString() => Line == 0
        ? $"{File}: {Code}: {Message}. {Remedy}{End}"
        : $"{File}:{Line}:{Column}: {Code}: {Message}. {Remedy}{End}";

    private string End => Remedy.EndsWith('?') ? "" : ".";
}
