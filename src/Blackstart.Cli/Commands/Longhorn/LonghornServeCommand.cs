using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Longhorn;
using Blackstart.Longhorn.Replicas;
using Blackstart.Longhorn.Serving;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn serve DIR --socket PATH</c>.</summary>
internal static class LonghornServeCommand
{
    /// <summary>Threads that exist from the start: as many as may wait for the disk, and some that talk to clients meanwhile.</summary>
    private const int Threads = 24;

    public static Command Create()
    {
        var directory = new Argument<string>("dir") { Description = "A replica directory: <volume>-<8 hex digits>" }.Named();
        var socket = new Option<string?>("--socket") { Description = "Serve on this unix socket, which only you may use", HelpName = "PATH" }.Named();
        var port = new Option<int?>("--port") { Description = "Serve on this TCP port of the machine itself, for every user of it; 0 takes a free one", HelpName = "N" };
        var address = new Option<string>("--address") { Description = "The loopback address for --port", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var name = new Option<string?>("--name") { Description = "Name of the export (default: the volume's name)", HelpName = "EXPORT" };
        var snapshot = new Option<string?>("--snapshot") { Description = "Serve the volume as of this snapshot", HelpName = "NAME" }.Named();
        var accept = new Option<string[]>("--accept") { Description = "A refusal to accept all the same, by its code; errors.md marks those that can be", HelpName = "CODE" };
        var backing = new Option<string?>("--backing-image") { Description = "The backing image, where it is not found beside the replica", HelpName = "FILE" }.Named();
        var once = new Option<bool>("--once") { Description = "End when the last client has left" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("serve", "Serve the volume a replica directory holds over NBD, read-only, without copying it") { directory, socket, port, address, name, snapshot, accept, backing, once, output };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(socket) is null == parsed.GetValue(port) is null)
            {
                parsed.AddError("Name either --socket PATH or --port N.");
            }

            if (parsed.GetValue(port) is < 0 or > IPEndPoint.MaxPort)
            {
                parsed.AddError($"--port takes a number from 0 to {IPEndPoint.MaxPort}.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(directory)!;
            ThreadPool.SetMinThreads(Threads, Threads);
            try
            {
                var options = new ServeOptions
                {
                    SocketPath = parsed.GetValue(socket),
                    Port = parsed.GetValue(port),
                    Address = Loopback(parsed.GetValue(address)!),
                    ExportName = parsed.GetValue(name),
                    Snapshot = parsed.GetValue(snapshot),
                    Failed = failure => Console.Error.WriteLine($"error {failure.Code}: {failure.Reason}; clients that ask for it get an input/output error"),
                };
                var judging = new JudgingOptions { Accepted = parsed.GetValue(accept) ?? [], BackingImage = parsed.GetValue(backing) };
                await using var server = await ReplicaServer.StartAsync(folder, options, judging, TimeProvider.System, cancellationToken);
                return (int)await ServeAsync(server, folder, parsed.GetValue(once), parsed.GetValue(output) == "json", cancellationToken);
            }
            catch (SalvageException failure)
            {
                var exit = failure.Code is SalvageCode.NotLoopback or SalvageCode.CannotListen or SalvageCode.TargetInsideReplica ? ExitCode.InvalidInput : SalvageFailure.ExitOf(failure.Code);
                throw new BlackstartException(failure.Code, exit, $"serving {folder}", failure.Reason, failure.Remedy, failure);
            }
        });
        return command;
    }

    private static async Task<ExitCode> ServeAsync(ReplicaServer server, string folder, bool once, bool json, CancellationToken cancellationToken)
    {
        SalvageFailure.TellWhatIsNotSeen();
        await Console.Error.WriteAsync(Introduction(server, folder, once));
        await Console.Out.WriteAsync((json ? Json(server) : server.Uri.OriginalString + "\n").AsMemory(), cancellationToken);
        await Console.Out.FlushAsync(cancellationToken);
        try
        {
            await (once ? server.WhenLeftAsync(cancellationToken) : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C or SIGTERM: the way it is meant to end.
        }

        if (await server.StopAsync() is { } changed)
        {
            throw changed;
        }

        await Console.Error.WriteLineAsync($"ended; {folder} is unchanged");
        return ExitCode.Done;
    }

    private static string Introduction(ReplicaServer server, string folder, bool once) =>
        $"""
        {FindingsView.Text(server.Findings)}serving {Plain.Text(server.Volume)}, {Human.Bytes(server.Size)}, read-only, from {Plain.Text(folder)}; {(once ? "ends when the last client has left" : "ends with Ctrl-C")}
          nbdinfo --map '{server.Uri.OriginalString}'
          nbdcopy '{server.Uri.OriginalString}' volume.img
          nbdfuse --readonly volume.img '{server.Uri.OriginalString}'

        """;

    private static string Json(ReplicaServer server) => new JsonObject
    {
        ["schemaVersion"] = 1,
        ["uri"] = server.Uri.OriginalString,
        ["volume"] = server.Volume,
        ["size"] = server.Size,
        ["findings"] = FindingsView.Json(server.Findings),
    }.ToJsonString(RunView.Json) + "\n";

    private static IPAddress Loopback(string address) => address == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(address, out var parsed) ? parsed
        : throw new SalvageException(SalvageCode.NotLoopback, $"'{address}' is not an address of this machine alone");
}
