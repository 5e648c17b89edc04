using System.Text;
using Blackstart.Lab.Erp;
using Blackstart.Lab.Kubelet;

namespace Blackstart.Lab.Tests.Kubelet;

public sealed class AtomicFolderTests
{
    [Fact]
    public async Task Both_credentials_change_at_once()
    {
        var cancel = TestContext.Current.CancellationToken;
        var root = Directory.CreateTempSubdirectory("bsl-");
        try
        {
            var path = Path.Combine(root.FullName, "db");
            var folder = new AtomicFolder(path);
            for (var round = 0; round < 20; round++)
            {
                await folder.WriteAsync(
                    new Dictionary<string, byte[]>(StringComparer.Ordinal)
                    {
                        ["username"] = Encoding.UTF8.GetBytes($"u{round}"),
                        ["password"] = Encoding.UTF8.GetBytes($"p{round}"),
                    },
                    cancel);

                (await ErpCredentials.ReadAsync(path, cancel)).ShouldBe(new ErpCredentials($"u{round}", $"p{round}"));
                (await File.ReadAllTextAsync(Path.Combine(path, "username"), cancel)).ShouldBe($"u{round}");
            }

            Directory.GetFileSystemEntries(path).Length.ShouldBe(4);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
