using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Blackstart.Lab.Longhorn.Engine;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>Replica directories written by the real engine, where they are at hand: the lab's engine reads in them what the real one does.</summary>
public sealed class RealReplicaTests
{
    private static string? Fixtures
    {
        get
        {
            var shared = Environment.GetEnvironmentVariable("BLACKSTART_SHARED") ?? Path.Combine(FindRepository(), "..", "shared");
            var fixtures = Path.Combine(shared, "fixtures", "longhorn");
            return File.Exists(Path.Combine(fixtures, "cases.json")) ? fixtures : null;
        }
    }

    [Fact]
    public async Task TheEngineReadsWhatTheRealOneReads()
    {
        if (Fixtures is not { } fixtures)
        {
            return;
        }

        using var cases = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(fixtures, "cases.json"), TestContext.Current.CancellationToken));
        var read = 0;
        foreach (var entry in cases.RootElement.TryGetProperty("cases", out var list) ? list.EnumerateArray() : cases.RootElement.EnumerateArray())
        {
            if (entry.GetProperty("verdict").GetString() != "recoverable"
                || !entry.TryGetProperty("mergedSha256", out var digest) || digest.ValueKind != JsonValueKind.String
                || (entry.TryGetProperty("backing", out var backing) && backing.ValueKind != JsonValueKind.Null))
            {
                continue;
            }

            read++;
            var name = entry.GetProperty("name").GetString();
            using var folder = new ReplicaFolder();
            await UnpackAsync(Path.Combine(fixtures, entry.GetProperty("archive").GetString()!), folder.Path);
            var directory = entry.TryGetProperty("expectedChoice", out var choice) && choice.ValueKind == JsonValueKind.String
                ? Path.Combine(folder.Path, choice.GetString()!)
                : Directory.GetFiles(folder.Path, "volume.meta", SearchOption.AllDirectories).Select(Path.GetDirectoryName).Single()!;
            using var replica = ReplicaDirectory.Open(directory, entry.GetProperty("volumeSize").GetInt64());
            Digest(replica, entry.GetProperty("volumeSize").GetInt64()).ShouldBe(digest.GetString(), name);
        }

        read.ShouldBeGreaterThan(5);
    }

    private static string Digest(ReplicaDirectory replica, long size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1024 * 1024];
        for (var offset = 0L; offset < size; offset += buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - offset));
            replica.Read(offset, piece);
            hash.AppendData(piece);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task UnpackAsync(string archive, string folder)
    {
        var start = new ProcessStartInfo("tar") { UseShellExecute = false };
        foreach (var argument in new[] { "-C", folder, "-xzSpf", archive })
        {
            start.ArgumentList.Add(argument);
        }

        using var tar = Process.Start(start)!;
        await tar.WaitForExitAsync(TestContext.Current.CancellationToken);
        tar.ExitCode.ShouldBe(0);
    }

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Blackstart.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? AppContext.BaseDirectory;
    }
}
