using System.Text.Json.Nodes;

namespace Blackstart.EndToEnd.Tests.Lab;

/// <summary>Reads the journal of a run while another process writes it.</summary>
internal sealed class RunJournal(string folder)
{
    public string Run => Path.GetFileName(folder);

    /// <summary>The first run of a folder of runs that was not there before, as soon as there is one.</summary>
    public static async Task<RunJournal> NewAsync(string runs, IReadOnlyList<string> known, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Directory.Exists(runs) && Directory.EnumerateDirectories(runs).FirstOrDefault(d => !known.Contains(d) && File.Exists(Path.Combine(d, "journal.jsonl"))) is { } folder)
            {
                return new RunJournal(folder);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Whole lines only: the last one may be half written.</summary>
    public IReadOnlyList<JsonObject> Entries()
    {
        using var file = new FileStream(Path.Combine(folder, "journal.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!.AsObject())];
    }

    /// <summary>How many different steps have ended so far. A step that is asked again after a kill is no new one.</summary>
    public int CountEndedSteps() => Entries()
        .Where(e => e["kind"]!.GetValue<string>() == "step-ended")
        .Select(e => e["step"]!.GetValue<string>())
        .Distinct(StringComparer.Ordinal)
        .Count();

    public bool HasEnded(string step) => Entries().Any(e => e["kind"]!.GetValue<string>() == "step-ended" && e["step"]!.GetValue<string>() == step);

    public int Count(string kind) => Entries().Count(e => e["kind"]!.GetValue<string>() == kind);
}
