using System.CommandLine;
using Blackstart.Cli.Commands;
using Blackstart.Cli.Commands.Drill;
using Blackstart.Cli.Commands.Evidence;
using Blackstart.Cli.Commands.Lab;
using Blackstart.Cli.Commands.Longhorn;
using Blackstart.Cli.Commands.Run;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Systems.Nodes;

var root = new RootCommand("Blackstart brings a small self-hosted platform back after a disaster, in the right order, and proves it")
{
    RecoverCommand.Create(),
    ResumeCommand.Create(),
    DrillCommand.Create(),
    RunCommand.Create(),
    EvidenceCommand.Create(),
    LonghornCommand.Create(),
    LabCommand.Create(),
    SchemaCommand.Create(),
};
foreach (var option in NodeSide.Options)
{
    root.Options.Add(option);
}

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    await parsed.InvokeAsync();
    return (int)ExitCode.InvalidInput;
}

try
{
    using var side = await NodeSide.OfAsync(parsed, NodeArguments.Version, TimeProvider.System);
    return await parsed.InvokeAsync(
        new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        },
        side.End);
}
catch (BlackstartException e)
{
    await Console.Error.WriteAsync(ErrorText.Of(e));
    return (int)e.ExitCode;
}
catch (OperationCanceledException)
{
    return (int)ExitCode.Interrupted;
}
catch (Exception e)
{
    await Console.Error.WriteAsync(ErrorText.Of(new BlackstartException(
        "BS7003",
        ExitCode.CouldNotVerify,
        $"running 'blackstart {string.Join(' ', args)}'",
        e.Message.TrimEnd('.'),
        e is IOException or UnauthorizedAccessException
            ? "Check that the file is there, that you may use it, and that its disk has room; if so, report it"
            : "This is a fault of Blackstart: report it, with what BLACKSTART_DEBUG=1 prints")));
    if (Environment.GetEnvironmentVariable("BLACKSTART_DEBUG") == "1")
    {
        await Console.Error.WriteLineAsync(e.ToString());
    }

    return (int)ExitCode.CouldNotVerify;
}
