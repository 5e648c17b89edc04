using System.Text.Json.Nodes;
using Blackstart.Core.Evidence;
using FsCheck;
using FsCheck.Fluent;

namespace Blackstart.Core.Tests.Evidence;

public sealed class EvidenceVerificationTests : IDisposable
{
    private const int Count = 5;
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public EvidenceVerificationTests()
    {
        var store = new EvidenceStore(_folder.Root, TimeProvider.System);
        for (var i = 1; i <= Count; i++)
        {
            var content = new JsonObject { ["verdict"] = "Recovered", ["number"] = i, ["half"] = i / 2.0, ["steps"] = new JsonArray("a", null, true) };
            store.SealAsync($"run{i}", content, DateTimeOffset.UnixEpoch.AddDays(i), CancellationToken.None).GetAwaiter().GetResult();
        }

        Keep();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_changed_byte_is_found()
    {
        // All of them, with one random other value each: there are few enough.
        var random = new Random(1);
        foreach (var (name, bytes) in _files)
        {
            for (var at = 0; at < bytes.Length; at++)
            {
                var changed = (byte[])bytes.Clone();
                changed[at] ^= (byte)random.Next(1, 256);
                File.WriteAllBytes(_folder.Path(name), changed);
                Verify().Intact.ShouldBeFalse($"{name}, byte {at}");
            }

            File.WriteAllBytes(_folder.Path(name), bytes);
        }

        Verify().Intact.ShouldBeTrue();
    }

    [Fact]
    public void Every_cut_and_every_added_byte_is_found()
    {
        foreach (var (name, bytes) in _files)
        {
            foreach (var length in Enumerable.Range(0, bytes.Length).Where(l => l % 7 == 0).Append(bytes.Length - 1))
            {
                File.WriteAllBytes(_folder.Path(name), bytes[..length]);
                Verify().Intact.ShouldBeFalse($"{name} cut to {length}");
            }

            File.WriteAllBytes(_folder.Path(name), [.. bytes, (byte)' ']);
            Verify().Intact.ShouldBeFalse($"{name} with a byte more");
            File.WriteAllBytes(_folder.Path(name), bytes);
        }
    }

    [Fact]
    public void Every_set_of_removed_files_is_found_but_all()
    {
        var names = _files.Keys.ToList();
        for (var mask = 1; mask < (1 << names.Count) - 1; mask++)
        {
            Restore();
            foreach (var (name, i) in names.Select((n, i) => (n, i)).Where(p => (mask >> p.i & 1) == 1))
            {
                File.Delete(_folder.Path(name));
            }

            Verify().Intact.ShouldBeFalse($"removed {mask:b}");
        }
    }

    [Fact]
    public void Any_permutation_of_documents_under_each_others_names_is_found() =>
        Prop.ForAll(
            Gen.Shuffle(Enumerable.Range(1, Count)).ToArbitrary(),
            order =>
            {
                Restore();
                for (var i = 1; i <= Count; i++)
                {
                    File.WriteAllBytes(_folder.Path(Name(i)), _files[Name(order[i - 1])]);
                }

                return Verify().Intact == order.SequenceEqual(Enumerable.Range(1, Count));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Renumbered_duplicated_and_foreign_files_are_found()
    {
        File.Move(_folder.Path(Name(2)), _folder.Path("0009-run2.json"));
        Codes().ShouldContain("BS3114");
        Restore();
        File.Copy(_folder.Path(Name(5)), _folder.Path("0006-run5.json"));
        Codes().ShouldContain("BS3115");
        Restore();
        File.Copy(_folder.Path(Name(5)), _folder.Path("0005-other.json"));
        Codes().ShouldContain("BS3115");
        Restore();
        File.WriteAllText(_folder.Path("notes.txt"), "x");
        Codes().ShouldBe(["BS3116"]);
        Restore();
        File.Delete(_folder.Path(Name(3)));
        Codes().ShouldBe(["BS3112", "BS3113"]);
        Restore();
        File.Delete(_folder.Path(Name(5)));
        Codes().ShouldBe(["BS3118"]);
        Restore();
        File.Delete(_folder.Path("HEAD"));
        Codes().ShouldBe(["BS3117"]);
        Restore();
        var altered = File.ReadAllText(_folder.Path(Name(2))).Replace("\"number\": 2", "\"number\": 3", StringComparison.Ordinal);
        File.WriteAllText(_folder.Path(Name(2)), altered);
        var findings = Verify().Findings;
        findings.Select(f => (f.Code, f.File)).ShouldBe([("BS3111", Name(2)), ("BS3113", Name(3))]);
    }

    [Fact]
    public async Task A_chain_rewritten_as_a_whole_is_found_only_by_a_digest_kept_elsewhere()
    {
        var kept = Verify().Newest;
        foreach (var name in _files.Keys)
        {
            File.Delete(_folder.Path(name));
        }

        await new EvidenceStore(_folder.Root, TimeProvider.System).SealAsync(
            "run1", new JsonObject { ["verdict"] = "Recovered" }, DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);
        Verify().Intact.ShouldBeTrue();
        EvidenceVerification.Verify(_folder.Root, kept).Findings.ShouldHaveSingleItem().Code.ShouldBe("BS3119");
    }

    private static string Name(int i) => $"000{i}-run{i}.json";

    private EvidenceReport Verify() => EvidenceVerification.Verify(_folder.Root);

    private string[] Codes() => [.. Verify().Findings.Select(f => f.Code).Distinct().Order(StringComparer.Ordinal)];

    private void Keep()
    {
        foreach (var path in Directory.GetFiles(_folder.Root).Where(p => Path.GetFileName(p)[0] != '.'))
        {
            _files.Add(Path.GetFileName(path), File.ReadAllBytes(path));
        }
    }

    private void Restore()
    {
        foreach (var path in Directory.GetFiles(_folder.Root))
        {
            File.Delete(path);
        }

        foreach (var (name, bytes) in _files)
        {
            File.WriteAllBytes(_folder.Path(name), bytes);
        }
    }
}
