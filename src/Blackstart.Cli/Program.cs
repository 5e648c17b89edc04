using System.CommandLine;
using Blackstart.Cli.Commands.Lab;
using Blackstart.Core.Errors;

var root = new RootCommand("Blackstart brings a small self-hosted platform back from a power cut, and proves it")
{
    LabCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (BlackstartException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return (int)e.ExitCode;
}
catch (OperationCanceledException)
{
    return (int)ExitCode.Interrupted;
}
