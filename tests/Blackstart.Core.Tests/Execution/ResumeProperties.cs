using Blackstart.Core.Execution;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Core.Tests.Execution;

/// <summary>The law of resuming: whatever part of a run had happened, resuming it ends with every step done and none before what it depends on.</summary>
public sealed class ResumeProperties
{
    [Fact]
    public void A_run_cut_off_at_any_line_of_its_journal_is_finished_by_resuming_it()
    {
        var cases = from edges in Graphs
                    from cut in Gen.Choose(0, 1000)
                    from isLastEffectThere in Gen.Elements(true, false)
                    select (edges, cut, isLastEffectThere);
        Prop.ForAll(cases.ToArbitrary(), c => CutAndResumeAsync(c.edges, c.cut, c.isLastEffectThere).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    /// <summary>Random directed acyclic graphs: each step depends on some of those before it.</summary>
    private static Gen<bool[][]> Graphs =>
        from size in Gen.Choose(1, 9)
        from rows in Gen.ArrayOf(Gen.ArrayOf(Gen.Elements(true, false, false), 9), size)
        select rows;

    private static async Task<bool> CutAndResumeAsync(bool[][] edges, int cut, bool isLastEffectThere)
    {
        using var folder = new TemporaryFolder();
        var steps = edges.Select((row, i) => ($"s{i}", Enumerable.Range(0, i).Where(j => row[j]).Select(j => $"s{j}").ToArray())).ToList();
        var first = new World();
        using (var journal = Journal.Open(folder.Root, TimeProvider.System, out _))
        {
            await World.NewRunner().StartAsync("run", first.Plan(steps), journal, first, CancellationToken.None);
        }

        // The kill: some lines are on disk; every announced effect but the last surely happened, the last one perhaps.
        var path = Path.Combine(folder.Root, Journal.FileName);
        var lines = await File.ReadAllLinesAsync(path);
        var kept = lines.Take(1 + (cut % lines.Length)).ToList();
        await File.WriteAllTextAsync(path, string.Join('\n', kept) + "\n" + (cut % 2 == 0 ? "{\"at\":\"20" : ""));
        var second = new World();
        var announced = Journal.Read(folder.Root).Where(e => e.Kind == JournalKinds.StepStarted).Select(e => e.Data["step"]!.GetValue<string>()).ToList();
        foreach (var id in isLastEffectThere ? announced : announced.SkipLast(1))
        {
            second.Done[id] = 1;
        }

        using var again = Journal.Open(folder.Root, TimeProvider.System, out var entries);
        var ended = entries.Where(e => e.Kind == JournalKinds.StepEnded).Select(e => e.Data["step"]!.GetValue<string>()).ToList();
        ended.ForEach(id => second.Done.TryAdd(id, 1));
        var outcome = await World.NewRunner().ResumeAsync(RunHistory.Of(entries), second.Plan(steps), again, second, CancellationToken.None);
        return outcome.Steps.All(s => s.IsDone)
            && second.Violations.IsEmpty
            && ended.All(id => second.Done[id] == 1);
    }
}
