using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Execution;

namespace Blackstart.Core.Conducting;

/// <summary>What a run came to, as it stands in the journal and in the evidence.</summary>
/// <param name="Result">The result; in the journal in any case.</param>
/// <param name="Evidence">Where it is sealed; null when sealing failed.</param>
public sealed record RunReport(JsonObject Result, SealedResult? Evidence)
{
    /// <summary>Why the result is not sealed; null when it is.</summary>
    public BlackstartException? SealingFailure { get; init; }

    /// <summary>What the process tells its caller: what is not sealed is not proved, so never less than <see cref="ExitCode.CouldNotVerify"/> then.</summary>
    public ExitCode ExitCode
    {
        get
        {
            var code = (ExitCode)Result["exitCode"]!.GetValue<int>();
            return SealingFailure is not null && code < ExitCode.CouldNotVerify ? ExitCode.CouldNotVerify : code;
        }
    }

    /// <summary>The result with the evidence's place, as <c>--output json</c> prints it.</summary>
    public JsonObject ToJson()
    {
        var json = Result.DeepClone().AsObject();
        json["evidence"] = Evidence is null ? null : new JsonObject { ["path"] = Evidence.Path, ["sha256"] = Evidence.Sha256 };
        return json;
    }
}
