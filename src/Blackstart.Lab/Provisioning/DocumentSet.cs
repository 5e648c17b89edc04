using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Blackstart.Lab.Erp.Acceptance;
using Blackstart.Systems.Tools;

namespace Blackstart.Lab.Provisioning;

/// <summary>The documents of the archive: invented, but the same in every lab.</summary>
internal static class DocumentSet
{
    private const int Count = 2500;
    private const int PerFolder = 100;
    private static readonly string[] Kinds = ["invoice", "delivery-note", "contract", "minutes", "drawing"];

    /// <summary>Makes an ext4 image of the volume with all documents in it.</summary>
    public static async Task<DocumentList> BuildAsync(string folder, string image, long bytes, ICommandLine commandLine, TimeProvider time, CancellationToken cancellationToken)
    {
        var documents = new List<DocumentReceipt>(Count);
        for (var number = 1; number <= Count; number++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{2000 + (number / PerFolder)}/{Kinds[number % Kinds.Length]}-{number:D5}.txt");
            var content = Content(number);
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content, cancellationToken);
            documents.Add(new DocumentReceipt(number, path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
        }

        await commandLine.RunAsync(
            new Command(
                "mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", "documents", "-E", "root_owner=0:0", "-d", folder, image,
                string.Create(CultureInfo.InvariantCulture, $"{bytes / 4096}")),
            cancellationToken);
        return new DocumentList(1, time.GetUtcNow(), documents);
    }

    /// <summary>One to eight kilobytes of text that no other document has.</summary>
    private static byte[] Content(int number)
    {
        var text = new StringBuilder();
        var state = (uint)number;
        var lines = 12 + (number * 37 % 96);
        text.Append(CultureInfo.InvariantCulture, $"Document {number} of the archive, {Kinds[number % Kinds.Length]}\n");
        for (var line = 0; line < lines; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line,4}");
            for (var word = 0; word < 7; word++)
            {
                state = (state * 1664525) + 1013904223;
                text.Append(CultureInfo.InvariantCulture, $" {state:x8}");
            }

            text.Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
