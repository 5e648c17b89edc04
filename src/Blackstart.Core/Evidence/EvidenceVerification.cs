namespace Blackstart.Core.Evidence;

/// <summary>
/// Checks a folder of evidence offline: every document there, in order, byte for byte as it was sealed. Whoever can write the folder
/// can rewrite all of it, HEAD included, into another chain that is whole in itself; only a digest kept elsewhere tells.
/// </summary>
public static class EvidenceVerification
{
    /// <summary>Checks a folder and tells all that is not as it was sealed. Nothing is written.</summary>
    /// <param name="folder">Path of the folder; a missing one holds no documents.</param>
    /// <param name="expected">SHA-256 of a document, kept elsewhere when it was sealed, that must be in the chain; null for none.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static EvidenceReport Verify(string folder, string? expected = null)
    {
        var files = EvidenceFolder.Of(folder);
        var chain = new EvidenceChain();
        foreach (var other in files.Others)
        {
            chain.Add("BS3116", other, "this file was not put here by sealing");
        }

        foreach (var (sequence, run, path) in files.Documents)
        {
            chain.Follow(sequence, run, Path.GetFileName(path), File.ReadAllBytes(path));
        }

        var head = files.HasHead ? File.ReadAllBytes(Path.Combine(folder, EvidenceHead.FileName)) : null;
        chain.End(head, expected);
        return new EvidenceReport(files.Documents.Count, chain.Newest, chain.Findings);
    }
}
