using System.CommandLine;
using Blackstart.Cli.Composition;
using Blackstart.Cli.Rendering;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Systems.Longhorn.Capture;

namespace Blackstart.Cli.Commands.Longhorn;

/// <summary><c>blackstart longhorn capture [--check]</c>.</summary>
internal static class LonghornCaptureCommand
{
    public static Command Create()
    {
        var config = SharedOptions.Config();
        var environment = SharedOptions.Environment();
        var to = new Option<string?>("--to") { Description = "The capture's file (default: 'capture' of the estate's component of type longhorn)", HelpName = "FILE" };
        var check = new Option<bool>("--check") { Description = "Write nothing; say what has changed since the capture, with exit code 1 if anything has" };
        var forget = new Option<string[]>("--forget") { Description = "A volume, or Kind/name, that is gone or was made again and is meant to be", HelpName = "NAME" };
        var output = SharedOptions.Output("text", "json");
        var command = new Command("capture", "Save what is needed to make a cluster's volumes again, or say what has changed since; the cluster is only read")
        {
            config, environment, to, check, forget, output,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(check) && result.GetResult(forget) is { Implicit: false })
            {
                result.AddError("--forget is for taking a capture; --check writes none");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = Session.Open(parsed.GetValue(config));
            var place = session.Environment(parsed.GetValue(environment));
            var component = session.Estate.Components.FirstOrDefault(c => c.Type == "longhorn");
            var path = parsed.GetValue(to) is { } given ? Path.GetFullPath(given) : component?.Settings.Text("capture") ?? throw NoFile(session.Estate);
            var options = new CaptureOptions(component?.Settings.Text("namespace") ?? "longhorn-system") { Forget = parsed.GetValue(forget) ?? [] };
            var reader = session.Systems(place).KubernetesReader;
            var json = parsed.GetValue(output) == "json";
            if (!parsed.GetValue(check))
            {
                var report = await LonghornCapture.TakeAsync(reader, path, options, cancellationToken);
                await WriteAsync(json ? CaptureView.Json(report, place.Name) : CaptureView.Text(report), cancellationToken);
                return (int)ExitCode.Done;
            }

            var drift = await LonghornCapture.Load(path).CheckAsync(reader, options, cancellationToken);
            await WriteAsync(json ? CaptureView.Json(drift, path, place.Name) : CaptureView.Text(drift, path), cancellationToken);
            return (int)(drift.Drifts.Count == 0 ? ExitCode.Done : ExitCode.Negative);
        });
        return command;
    }

    private static Task WriteAsync(string text, CancellationToken cancellationToken) => Console.Out.WriteAsync(text.AsMemory(), cancellationToken);

    private static BlackstartException NoFile(Estate estate) => new(
        "BS4616",
        ExitCode.InvalidInput,
        "finding the capture's file",
        $"{estate.SourcePath} declares no component of type longhorn, which would say where it is",
        "Say it with --to FILE");
}
