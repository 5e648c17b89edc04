using System.Globalization;

namespace Blackstart.Core.Evidence;

/// <summary>Follows the documents of a folder in their order and notes where they do not hang together.</summary>
internal sealed class EvidenceChain
{
    private readonly List<EvidenceFinding> _findings = [];
    private readonly HashSet<string> _digests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _runs = new(StringComparer.Ordinal);
    private (int Sequence, string File, string Sha256)? _last;

    public IReadOnlyList<EvidenceFinding> Findings => _findings;

    public string? Newest => _last?.Sha256;

    public void Add(string code, string file, string message) => _findings.Add(new EvidenceFinding(code, file, message));

    public void Follow(int sequence, string run, string file, byte[] bytes)
    {
        var sha256 = Digest.Of(bytes);
        var document = EvidenceDocument.Read(bytes);
        CheckPlace(sequence, file);
        if (!_runs.TryAdd(run, file))
        {
            Add("BS3115", file, $"{_runs[run]} is a document of run {run} as well");
        }

        if (document is null)
        {
            Add("BS3110", file, "this is not a sealed document: it is cut short or altered");
        }
        else
        {
            CheckDocument(document, sequence, run, file);
        }

        _digests.Add(sha256);
        _last = (sequence, file, sha256);
    }

    public void End(byte[]? headBytes, string? expected)
    {
        var head = headBytes is null ? null : EvidenceHead.Read(headBytes);
        if (headBytes is not null && head is null)
        {
            Add("BS3117", EvidenceHead.FileName, "it is not as it was written");
        }
        else if (headBytes is null && _last is not null)
        {
            Add("BS3117", EvidenceHead.FileName, "it is missing, so that newer documents may be missing too");
        }
        else if (head is not null)
        {
            CheckNewest(head);
        }

        if (expected is not null && !_digests.Contains(expected.Trim().ToLowerInvariant()))
        {
            Add("BS3119", _last?.File ?? EvidenceHead.FileName, $"no document has the digest {expected.Trim()} that was kept elsewhere: the chain was rewritten, or is another one");
        }
    }

    private void CheckPlace(int sequence, string file)
    {
        var before = _last?.Sequence ?? 0;
        if (sequence == before)
        {
            Add("BS3115", file, $"{_last?.File ?? "another document"} has the same number");
        }
        else if (sequence > before + 1)
        {
            var missing = sequence == before + 2 ? Number(before + 1) : $"{Number(before + 1)} to {Number(sequence - 1)}";
            Add("BS3112", file, $"before it, {missing} is missing");
        }
    }

    private void CheckDocument(EvidenceDocument document, int sequence, string run, string file)
    {
        if (!string.Equals(EvidenceDocument.FileName(document.Sequence, document.Run), file, StringComparison.Ordinal)
            || document.Sequence != sequence
            || !string.Equals(document.Run, run, StringComparison.Ordinal))
        {
            Add("BS3114", file, $"it was sealed as {EvidenceDocument.FileName(document.Sequence, document.Run)}");
        }

        if (!string.Equals(document.ContentSha256, document.ActualContentSha256, StringComparison.Ordinal))
        {
            Add("BS3111", file, "its content is not what was sealed");
        }

        if (!string.Equals(document.Previous, _last?.Sha256, StringComparison.Ordinal))
        {
            Add(
                "BS3113",
                file,
                _last is { } last
                    ? $"it was not sealed after {last.File} as that is now: that one was altered, replaced or moved, or this one was"
                    : "it was sealed after another document, which is missing");
        }
    }

    private void CheckNewest(EvidenceHead head)
    {
        var newest = _last?.File ?? EvidenceHead.FileName;
        var sequence = _last?.Sequence ?? 0;
        if (head.Sequence > sequence)
        {
            Add("BS3118", newest, $"HEAD says that {Number(head.Sequence)} is the newest: it is missing");
        }
        else if (head.Sequence < sequence)
        {
            Add("BS3118", newest, $"HEAD says that {Number(head.Sequence)} is the newest: sealing was interrupted (the next one mends that), or this one was added");
        }
        else if (!string.Equals(head.Sha256, _last?.Sha256, StringComparison.Ordinal))
        {
            Add("BS3118", newest, "it is not the document that HEAD names: it was altered or replaced");
        }
    }

    private static string Number(int sequence) => sequence.ToString("0000", CultureInfo.InvariantCulture);
}
