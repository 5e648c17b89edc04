using Blackstart.Cli.Rendering;
using Blackstart.Core.Estates;
using Blackstart.Systems;
using Blackstart.Systems.Environments;
using Command = System.CommandLine.Command;

namespace Blackstart.Cli.Commands;

/// <summary><c>blackstart schema</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON Schema of blackstart.yaml, for editors");
        command.SetAction(async (_, cancellationToken) =>
        {
            await using var catalog = new EnvironmentCatalog(new Systems.Tools.CommandLine(TimeProvider.System));
            var schema = EstateSchema.ToJson(KnownComponentTypes.Create(catalog).Descriptions);
            await Console.Out.WriteLineAsync(schema.ToJsonString(RunView.Json).AsMemory(), cancellationToken);
            return 0;
        });
        return command;
    }
}
