using System.Text.Json.Nodes;
using Blackstart.Core.Errors;
using Blackstart.Core.Execution;

namespace Blackstart.Core.Conducting;

/// <summary>What a run came to, as it stands in the journal and in the evidence.</summary>
/// <param name="Result">The sealed result.</param>
/// <param name="Evidence">Where it is sealed.</param>
public sealed record RunReport(JsonObject Result, SealedResult Evidence)
{
    /// <summary>What the process tells its caller.</summary>
    public ExitCode ExitCode => (ExitCode)Result["exitCode"]!.GetValue<int>();

    /// <summary>The result with the evidence's place, as <c>--output json</c> prints it.</summary>
    public JsonObject ToJson()
    {
        var json = Result.DeepClone().AsObject();
        json["evidence"] = new JsonObject { ["path"] = Evidence.Path, ["sha256"] = Evidence.Sha256 };
        return json;
    }
}
