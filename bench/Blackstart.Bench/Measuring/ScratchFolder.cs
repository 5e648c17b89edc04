namespace Blackstart.Bench.Measuring;

/// <summary>A folder for one measurement; gone afterwards.</summary>
/// <param name="parent">Where it is made; null for <c>BLACKSTART_BENCH_FOLDER</c>, or else the disk that the project is built on.</param>
internal sealed class ScratchFolder(string? parent = null) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateDirectory(System.IO.Path.Combine(parent ?? Environment.GetEnvironmentVariable("BLACKSTART_BENCH_FOLDER") ?? AppContext.BaseDirectory, $"blackstart-bench-{Guid.NewGuid():N}"));

    public string Path => _folder.FullName;

    /// <summary>Bytes that may still be written there.</summary>
    public long Free => new DriveInfo(Path).AvailableFreeSpace;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
