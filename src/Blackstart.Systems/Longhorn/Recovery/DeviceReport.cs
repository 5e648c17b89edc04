using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Longhorn.Devices;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>What <c>blackstart longhorn check</c> says of a device.</summary>
/// <param name="Content">What it holds, in the word of a capture: <c>blank</c>, <c>raw</c>, <c>ext4:UUID</c>.</param>
/// <param name="Sha256">Digest of all of it; null when it was not asked for.</param>
/// <param name="FileSystem"><c>clean</c>, <c>damaged: REASON</c> or <c>not checked: REASON</c>; null when it was not asked for.</param>
/// <param name="IsFresh">Whether it can be written over without losing anything: blank, or a file system that nobody has put a file into.</param>
internal sealed record DeviceReport(string Content, string? Sha256, string? FileSystem, bool IsFresh)
{
    /// <summary>When its file system was last mounted or written, as the superblock says; null where it does not say.</summary>
    public DateTimeOffset? LastUse { get; init; }

    /// <summary>Reads the document.</summary>
    /// <exception cref="BlackstartException"><c>BS4601</c>: the device could not be read.</exception>
    public static DeviceReport Read(NodeResult result)
    {
        var content = result.Document["content"] as JsonObject ?? throw new BlackstartException(
            "BS4601",
            ExitCode.CouldNotVerify,
            "reading a volume's device on its node",
            NodeWork.Text(result.Document, "reason") ?? $"`longhorn check` ended with exit code {result.ExitCode}",
            "Check that the volume is attached: `kubectl get volumes.longhorn.io -n longhorn-system`");
        return new DeviceReport(
            NodeWork.Text(content, "word") ?? DeviceContent.Raw,
            NodeWork.Text(result.Document, "sha256"),
            NodeWork.Text(result.Document, "fileSystem"),
            content["isFresh"] is JsonValue fresh && fresh.TryGetValue<bool>(out var isFresh) && isFresh)
        {
            LastUse = ((DateTimeOffset?[])[Time(content, "lastMounted"), Time(content, "lastWritten")]).Max(),
        };
    }

    private static DateTimeOffset? Time(JsonObject content, string name) =>
        DateTimeOffset.TryParse(NodeWork.Text(content, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
