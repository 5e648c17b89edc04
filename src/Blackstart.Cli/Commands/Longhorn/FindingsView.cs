using System.Text.Json.Nodes;
using Blackstart.Core.Planning;
using Blackstart.Longhorn.Replicas;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary>What was found about a replica, for machines and for people.</summary>
internal static class FindingsView
{
    public static JsonArray Json(IEnumerable<Finding> findings) =>
        new([.. findings.Select(f => new JsonObject { ["kind"] = Words.Of(f.Kind), ["code"] = f.Code, ["reason"] = f.Reason })]);

    public static string Text(IEnumerable<Finding> findings) => string.Concat(findings.Select(f => $"{Words.Of(f.Kind)} {f.Code}: {f.Reason}\n"));
}
