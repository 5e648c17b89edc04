using System.Diagnostics;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Hostile;

/// <summary>A replica of three layers to be damaged, and the one thing that may come of it: a refusal that names the file, soon and in little memory.</summary>
internal sealed class HostileReplica : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly TestFolder _folder = new();

    internal HostileReplica() => Builder = new ReplicaBuilder(_folder).WithLayers([(0, 1)], [(1, 2), (7, 9)], [(0, 3), (2, 3)]);

    internal ReplicaBuilder Builder { get; }

    internal string Path => Builder.Path;

    internal string this[string name] => Builder[name];

    public void Dispose() => _folder.Dispose();

    internal string Outside(string name) => _folder[name];

    /// <summary>Replaces a file by one of a length that holds nothing but these first bytes.</summary>
    internal void MakeSparse(string name, long length, ReadOnlySpan<byte> start = default)
    {
        using var handle = File.OpenHandle(this[name], FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(handle, length);
        RandomAccess.Write(handle, start, 0);
    }

    internal ReplicaJudgement Judge(JudgingOptions? options = null)
    {
        var before = Stopwatch.GetTimestamp();
        using var opened = OpenedReplica.Open(Path, options);
        if (opened.IsRecoverable)
        {
            opened.Volume.Read(0, new byte[64 << 10]);
        }

        Stopwatch.GetElapsedTime(before).ShouldBeLessThan(Soon);
        opened.Judgement.Findings.ShouldAllBe(finding => !finding.Reason.Any(char.IsControl), "nothing that a terminal acts on");
        return opened.Judgement;
    }

    internal void ShouldBeRefused(string code, params string[] named)
    {
        var judgement = Judge();
        judgement.Refusal.ShouldNotBeNull(string.Join("; ", judgement.Findings));
        judgement.Refusal.Code.ShouldBe(code, judgement.Refusal.Reason);
        foreach (var name in named)
        {
            judgement.Refusal.Reason.ShouldContain(name);
        }
    }
}
