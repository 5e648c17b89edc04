using System.Globalization;
using System.Text.Json.Nodes;
using Blackstart.Core.Execution;
using Blackstart.Core.Verdicts;

namespace Blackstart.Systems.Longhorn;

/// <summary>
/// What the steps of one volume's recovery wrote down. What was done to a Volume holds only for that very object: one that was
/// deleted and made again has another UID, and everything is done again.
/// </summary>
internal sealed class VolumeFacts(RunFacts facts, string volume)
{
    /// <summary>The replica that was chosen: <c>{replica, node, chain[], newestWrite, reason}</c> or <c>{intact: true, uid}</c>; null when none is, or the last one was rejected.</summary>
    public JsonObject? Choice => facts.Find(Name("choice")) is JsonObject choice && choice["rejected"] is null ? choice : null;

    /// <summary>Directories that were chosen before and turned out to be unusable, as <c>node:path</c>.</summary>
    public IReadOnlyList<string> Rejected => [.. (facts.Find(Name("rejected"))?.AsArray() ?? []).Select(p => p!.GetValue<string>())];

    /// <summary>Whether the volume was found whole where it is, so that nothing is to be brought back.</summary>
    public bool IsIntact(VolumeState? state) => Choice?["intact"] is not null && IsOf("choice", state);

    /// <summary>Writes the choice down.</summary>
    public void Choose(JsonObject choice) => facts.Set(Name("choice"), choice);

    /// <summary>Writes down that nothing is to be brought back.</summary>
    public void ChooseNothing(VolumeState state) => facts.Set(Name("choice"), new JsonObject { ["intact"] = true, ["uid"] = state.Uid });

    /// <summary>Takes the choice back: when the run is resumed another replica is chosen.</summary>
    public void RejectChoice()
    {
        var path = Choice is { } choice ? $"{choice["node"]}:{choice["replica"]}" : null;
        facts.Set(Name("rejected"), new JsonArray([.. Rejected.Append(path).Where(p => p is not null).Select(p => (JsonNode)p!)]));
        facts.Set(Name("choice"), new JsonObject { ["rejected"] = true });
        VoidInjected();
    }

    /// <summary>
    /// The attempt to write that this run has begun, so that what the Volume holds may be written over; null when it has not. A Volume that was
    /// to be written again since then has no attempt either, but <see cref="HasBegun"/> still holds.
    /// </summary>
    public string? Attempt(VolumeState? state) => HasBegun(state) ? facts.Find(Name("inject-begun"))!["attempt"]?.GetValue<string>() : null;

    /// <summary>Whether this run has begun to write into this Volume, after it had found it fresh or was given leave.</summary>
    public bool HasBegun(VolumeState? state) => IsOf("inject-begun", state);

    /// <summary>Writes down, before the first byte, that this run writes into this Volume.</summary>
    /// <returns>The name of the attempt.</returns>
    public string Begin(VolumeState state, DateTimeOffset at)
    {
        var attempt = Guid.NewGuid().ToString("N");
        var first = HasBegun(state) ? BegunAt(state) : at;
        facts.Set(Name("inject-begun"), new JsonObject { ["uid"] = state.Uid, ["attempt"] = attempt, ["at"] = first.ToString("O", CultureInfo.InvariantCulture) });
        return attempt;
    }

    /// <summary>When this run first began to write into this Volume.</summary>
    public DateTimeOffset BegunAt(VolumeState? state) =>
        HasBegun(state) ? DateTimeOffset.Parse(facts.Find(Name("inject-begun"))!["at"]!.GetValue<string>(), CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;

    /// <summary>Takes back that it has begun, and that it was free to: the target was refused, and nothing was written.</summary>
    public void TakeBackBegin()
    {
        facts.Set(Name("inject-begun"), new JsonObject { ["uid"] = "" });
        facts.Set(Name("free"), new JsonObject { ["uid"] = "" });
    }

    /// <summary>Whether this run made this Volume, or looked into it and found that it may be written.</summary>
    public bool IsFree(VolumeState? state) => IsOf("free", state);

    /// <summary>Writes that down.</summary>
    public void SetFree(VolumeState state) => facts.Set(Name("free"), new JsonObject { ["uid"] = state.Uid });

    /// <summary>Writes down that an operator gave leave to write over what the Volume holds.</summary>
    public void SetOverwritten(string date, string held) => facts.Set(Name("overwritten"), new JsonObject { ["date"] = date, ["held"] = held });

    /// <summary>SHA-256 of what was written into this Volume; null when nothing was, or not all.</summary>
    public string? Injected(VolumeState? state) => Digest("injected", state);

    /// <summary>Writes down what was written.</summary>
    public void SetInjected(VolumeState state, string sha256, long bytes) =>
        facts.Set(Name("injected"), new JsonObject { ["uid"] = state.Uid, ["sha256"] = sha256, ["bytes"] = bytes });

    /// <summary>How many bytes were written, holes included: the device may be larger. Null when nothing was, or not all.</summary>
    public long? InjectedBytes(VolumeState? state) => IsOf("injected", state) ? facts.Find(Name("injected"))!["bytes"]?.GetValue<long>() : null;

    /// <summary>Takes back that the Volume holds the image: it is to be written again.</summary>
    public void VoidInjected()
    {
        facts.Set(Name("injected"), new JsonObject { ["uid"] = "" });
        if (facts.Find(Name("inject-begun")) is JsonObject begun)
        {
            // What comes next is another attempt: the result of this one is not to be taken for it.
            begun.Remove("attempt");
            facts.Set(Name("inject-begun"), begun);
        }
    }

    /// <summary>SHA-256 of what was read back from this Volume, once it was found right.</summary>
    public string? Verified(VolumeState? state) => Digest("verified", state);

    /// <summary>Writes down what was read back, and names the recovery point.</summary>
    public void SetVerified(VolumeState state, string sha256, string content)
    {
        facts.Set(Name("verified"), new JsonObject
        {
            ["uid"] = state.Uid,
            ["sha256"] = sha256,
            ["content"] = content,
            ["directories"] = string.Join(' ', state.HealthyDirectories.Select(d => d.Directory).Order(StringComparer.Ordinal)),
        });
        var point = Choice!.DeepClone().AsObject();
        point["sha256"] = sha256;
        facts.Set(Measure.RecoveryPointFacts + volume, point);
    }

    /// <summary>What is noted on the Volume of its verification; null when it was not verified.</summary>
    public JsonObject? Note(VolumeState? state) => Verified(state) is not null && facts.Find(Name("verified")) is { } verified
        ? new JsonObject
        {
            [VolumeState.VerifiedAnnotation] = verified["directories"]!.GetValue<string>(),
            [VolumeState.VerifiedUidAnnotation] = state!.Uid,
            [VolumeState.VerifiedContentAnnotation] = verified["content"]!.GetValue<string>(),
            [VolumeState.UnfinishedAnnotation] = null,
        }
        : null;

    private string? Digest(string what, VolumeState? state) => IsOf(what, state) ? facts.Find(Name(what))!["sha256"]?.GetValue<string>() : null;

    private bool IsOf(string what, VolumeState? state) => state is not null && facts.Find(Name(what))?["uid"]?.GetValue<string>() == state.Uid;

    private string Name(string what) => $"volume/{volume}/{what}";
}
