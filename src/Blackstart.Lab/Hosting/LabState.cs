using System.Text.Json;

namespace Blackstart.Lab.Hosting;

/// <summary>What a lab remembers of itself, in <c>lab.json</c>.</summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="Id">Random identifier of this lab.</param>
/// <param name="CreatedAt">First <c>lab up</c>.</param>
/// <param name="Ports">Its ports.</param>
/// <param name="ProvisionedAt">When the estate was complete for the first time; null before that.</param>
public sealed record LabState(int SchemaVersion, Guid Id, DateTimeOffset CreatedAt, LabPorts Ports, DateTimeOffset? ProvisionedAt)
{
    /// <summary>Reads it; null when there is no lab yet.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6008</c>: the file is damaged.</exception>
    public static async Task<LabState?> TryReadAsync(LabLayout layout, CancellationToken cancellationToken)
    {
        if (!File.Exists(layout.StateFile))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<LabState>(await File.ReadAllTextAsync(layout.StateFile, cancellationToken), LabJson.Options) is { Ports: not null } state
                ? state
                : throw LabErrors.Unreadable(layout.StateFile, "it is incomplete");
        }
        catch (JsonException e)
        {
            throw LabErrors.Unreadable(layout.StateFile, e.Message);
        }
    }

    /// <summary>Reads the state of a lab that must exist.</summary>
    /// <exception cref="Core.Errors.BlackstartException"><c>BS6001</c> there is none; <c>BS6008</c> the file is damaged.</exception>
    public static async Task<LabState> ReadAsync(LabLayout layout, CancellationToken cancellationToken) =>
        await TryReadAsync(layout, cancellationToken) ?? throw LabErrors.NotRunning(layout.Root);

    internal Task WriteAsync(LabLayout layout, CancellationToken cancellationToken) => LabJson.WriteAsync(layout.StateFile, this, cancellationToken);
}
