using System.Text.Json.Nodes;
using Blackstart.Core.Execution;
using Blackstart.Core.Verdicts;

namespace Blackstart.Systems.Longhorn;

/// <summary>What the steps of one volume's recovery wrote down.</summary>
internal sealed class VolumeFacts(RunFacts facts, string volume)
{
    /// <summary>Whether the volume was found whole where it is, so that nothing is to be brought back.</summary>
    public bool IsIntact => Choice?["intact"]?.GetValue<bool>() == true;

    /// <summary>The replica that was chosen: <c>{replica, node, chain[], newestWrite, reason}</c> or <c>{intact: true}</c>.</summary>
    public JsonNode? Choice
    {
        get => facts.Find(Name("choice"));
        set => facts.Set(Name("choice"), value!);
    }

    /// <summary>SHA-256 of the merged volume that was written into the device.</summary>
    public string? Injected
    {
        get => facts.Find(Name("injected"))?.GetValue<string>();
        set => facts.Set(Name("injected"), value!);
    }

    /// <summary>SHA-256 of what was read back from the device.</summary>
    public string? Verified
    {
        get => facts.Find(Name("verified"))?.GetValue<string>();
        set => facts.Set(Name("verified"), value!);
    }

    public void SetRecoveryPoint(JsonObject point) => facts.Set(Measure.RecoveryPointFacts + volume, point);

    private string Name(string what) => $"volume/{volume}/{what}";
}
