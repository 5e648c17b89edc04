using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>Replica directories on a real file system (replicas need holes, which /tmp may not keep when it is memory).</summary>
internal sealed class ReplicaFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bs-replica-").FullName;

    public string Replica(int number) => System.IO.Path.Combine(Path, $"pi{number}", "replicas", $"v-0000000{number}");

    public IReadOnlyList<ReplicaSource> Sources(params int[] numbers) =>
        [.. numbers.Select(number => new ReplicaSource($"v-r-{number}", Replica(number), MustExist: false))];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
