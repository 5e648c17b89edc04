using System.Globalization;

namespace Blackstart.Lab.Provisioning;

/// <summary>A volume of the lab's estate.</summary>
/// <param name="Name">Name of the volume, its PersistentVolume and its claim.</param>
/// <param name="Namespace">Namespace of the claim.</param>
/// <param name="Mebibytes">Size.</param>
/// <param name="Mode"><c>Block</c> or <c>Filesystem</c>.</param>
internal sealed record LabVolume(string Name, string Namespace, int Mebibytes, string Mode)
{
    public static readonly LabVolume Vault = new("vault-data", "vault", 64, "Block");
    public static readonly LabVolume Erp = new("erp-data", "erp", 64, "Block");
    public static readonly LabVolume Documents = new("documents", "erp", 128, "Filesystem");

    public static IReadOnlyList<LabVolume> All { get; } = [Vault, Erp, Documents];

    public long Bytes => Mebibytes * 1024L * 1024L;

    public string Manifest() => LabManifests.Read("volume", new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["volume"] = Name,
        ["namespace"] = Namespace,
        ["bytes"] = Bytes.ToString(CultureInfo.InvariantCulture),
        ["mode"] = Mode,
    });
}
