using System.Security.Cryptography;
using Blackstart.Longhorn.Export;

namespace Blackstart.Lab.Tests.Longhorn;

/// <summary>The salvage reader, which was written apart from the lab's engine, on what the engine wrote.</summary>
internal static class Salvage
{
    public static async Task ShouldGiveAsync(string replica, byte[] expected)
    {
        var image = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.raw");
        var report = await ReplicaExport.RunAsync(replica, image, new ExportOptions(), TestContext.Current.CancellationToken);
        File.Delete(image);
        if (expected.AsSpan().IndexOfAnyExcept((byte)0) < 0 && !report.IsWritten)
        {
            // A replica that was never written to holds nothing to salvage.
            return;
        }

        report.IsWritten.ShouldBeTrue($"{report.Code}: {report.Reason}");
        report.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(expected)));
    }
}
