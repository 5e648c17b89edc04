using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Scanning;
using Blackstart.Systems.Nodes;

namespace Blackstart.Systems.Longhorn.Recovery;

/// <summary>The <c>blackstart longhorn</c> commands that a recovery has done on the nodes.</summary>
internal sealed class NodeWork(Lazy<INodeRunner> runner)
{
    // A volume of terabytes over a slow disk; a copy that hangs is seen by its progress long before.
    public static readonly TimeSpan CopyTimeout = TimeSpan.FromHours(12);

    private static readonly TimeSpan LookTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ScanTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Looks at every replica directory of one of a node's disks, with fingerprints to compare by.</summary>
    public async Task<ScanReport> ScanAsync(string node, string disk, int index, IReadOnlyList<Clearance> clearances, CancellationToken cancellationToken)
    {
        var result = await runner.Value.RunAsync(
            new NodeCommand(node, string.Create(CultureInfo.InvariantCulture, $"scan-{ShortNode(node)}-{index}"), "scan", disk, "--fingerprint", "--output", "json") { Clearances = clearances, Timeout = ScanTimeout },
            null,
            cancellationToken);
        return ScanJson.Read(result.Document.ToJsonString());
    }

    /// <summary>The digest of what a replica directory holds; null when it cannot be read.</summary>
    public async Task<string?> DigestAsync(string node, string directory, IReadOnlyList<Clearance> clearances, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        var result = await runner.Value.RunAsync(
            new NodeCommand(node, $"inspect-{ShortNode(node)}", "inspect", directory, "--digest", "sha256", "--output", "json") { Clearances = clearances, Timeout = CopyTimeout },
            progress,
            cancellationToken);
        return Text(result.Document, "sha256");
    }

    /// <summary>What a device holds, by its first blocks; one that begins with zeros is read until its first other byte, which can take long.</summary>
    public async Task<DeviceReport> LookAsync(string node, string endpoint, string volume, IReadOnlyList<Clearance> clearances, CancellationToken cancellationToken, TimeSpan? timeout = null) => DeviceReport.Read(await runner.Value.RunAsync(
        new NodeCommand(node, $"look-{volume}", "check", endpoint, "--digest", "none", "--output", "json") { Clearances = clearances, Endpoint = endpoint, Timeout = timeout ?? LookTimeout },
        null,
        cancellationToken));

    /// <summary>Reads what was written into a device and checks its file system.</summary>
    public async Task<DeviceReport> CheckAsync(DeviceReading reading, StepContext context, CancellationToken cancellationToken) => DeviceReport.Read(await runner.Value.RunAsync(
        new NodeCommand(reading.Node, $"check-{reading.Volume}", "check", reading.Endpoint, "--digest", "sha256", "--bytes", reading.Bytes.ToString(CultureInfo.InvariantCulture), "--file-system", "--progress", "json", "--output", "json") { Clearances = context.Clearances, Endpoint = reading.Endpoint, Timeout = CopyTimeout },
        context.Progress,
        cancellationToken));

    /// <summary>Writes the volume that a replica directory holds into a device.</summary>
    /// <param name="export">What to write where.</param>
    /// <param name="context">The step that does it.</param>
    /// <param name="cancellationToken">Ends it, on the node too.</param>
    /// <returns>What <c>export --output json</c> printed.</returns>
    public async Task<JsonObject> ExportAsync(DeviceExport export, StepContext context, CancellationToken cancellationToken)
    {
        string[] overwrite = export.Overwrite is { } date ? ["--overwrite", date] : [];
        var result = await runner.Value.RunAsync(
            new NodeCommand(export.Node, $"export-{export.Volume}", ["export", export.Directory, "--to", export.Endpoint, "--digest", "sha256", .. overwrite, "--progress", "json", "--output", "json"])
            {
                Effect = Effect.Change,
                Clearances = context.Clearances,
                Attempt = export.Attempt,
                Endpoint = export.Endpoint,
                Timeout = CopyTimeout,
            },
            context.Progress,
            cancellationToken);
        return result.Document;
    }

    internal static string? Text(JsonObject from, string name) => from[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    // A node may be named like a domain, and at length; a Job's name has only so much room.
    private static string ShortNode(string node) => string.Concat(node.Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-').Take(30)).Trim('-');
}
