using System.Text;
using Blackstart.Core.Estates.Shapes;
using Blackstart.Core.Estates.Yaml;

namespace Blackstart.Core.Estates;

/// <summary>Reads an estate from its file.</summary>
public static class EstateLoader
{
    /// <summary>Largest file that is read, in bytes.</summary>
    public const int LargestFile = 1024 * 1024;

    private static readonly Place Nowhere = new(0, 0);

    /// <summary>Reads and checks an estate. Nothing is thrown for whatever the file holds: all that is wrong with it is in the result.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="types">The component types that may be used.</param>
    public static EstateLoadResult Load(string path, IReadOnlyList<ComponentTypeDescription> types)
    {
        var problems = new EstateProblems(path);
        var text = ReadText(path, problems);
        return text is null ? new EstateLoadResult(null, problems.InFileOrder) : Parse(text, path, types, problems);
    }

    /// <summary>Reads and checks an estate from text that is held to have come from a file.</summary>
    internal static EstateLoadResult Parse(string text, string path, IReadOnlyList<ComponentTypeDescription> types) =>
        Parse(text, path, types, new EstateProblems(path));

    private static EstateLoadResult Parse(string text, string path, IReadOnlyList<ComponentTypeDescription> types, EstateProblems problems)
    {
        var source = Path.GetFullPath(path);
        var model = new EstateModel(types, source);
        Estate? estate = null;
        if (new YamlReader(problems).Read(text) is { } document)
        {
            var reading = new EstateReading(problems, Path.GetDirectoryName(source)!);
            model.Shape.TryRead(document, reading, out estate);
            new EstateReferences(model, reading).Check(document);
        }

        return problems.Any ? new EstateLoadResult(null, problems.InFileOrder) : new EstateLoadResult(estate, []);
    }

    private static string? ReadText(string path, EstateProblems problems)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var memory = new MemoryStream();
            var buffer = new byte[81920];

            // The length that the file system tells is not trusted: a pipe or device has none.
            for (int read; (read = file.Read(buffer)) > 0 && memory.Length <= LargestFile;)
            {
                memory.Write(buffer.AsSpan(0, read));
            }

            if (memory.Length > LargestFile)
            {
                problems.Add("BS1003", Nowhere, $"the file is larger than {LargestFile / 1024 / 1024} MiB", "This is hardly an estate: check the path");
                return null;
            }

            var bytes = memory.ToArray().AsSpan();
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                problems.Add("BS1004", Nowhere, "the file holds a NUL character", "Save it as UTF-8 text");
                return null;
            }

            return text;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add("BS1001", Nowhere, "there is no such file", "Check the path, or write the file; docs/concepts.md shows one");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException and not DecoderFallbackException)
        {
            problems.Add("BS1002", Nowhere, $"the file cannot be read: {e.Message.TrimEnd('.')}", "Check that it is a file and that you may read it");
        }
        catch (DecoderFallbackException)
        {
            problems.Add("BS1004", Nowhere, "the file is not UTF-8", "Save it as UTF-8 text");
        }

        return null;
    }
}
