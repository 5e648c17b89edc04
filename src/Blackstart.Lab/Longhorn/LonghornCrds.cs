namespace Blackstart.Lab.Longhorn;

/// <summary>The lab's definitions of Longhorn's kinds, as they are applied on first use and again after they were wiped.</summary>
internal static class LonghornCrds
{
    private const string Resource = "longhorn-crds.yaml";

    /// <summary>A YAML stream of CustomResourceDefinitions.</summary>
    public static string Yaml { get; } = Read();

    private static string Read()
    {
        using var stream = typeof(LonghornCrds).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks {Resource}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
