using System.Globalization;
using Blackstart.Core.Errors;

namespace Blackstart.Lab.Hosting;

/// <summary>The lab's failures, told to an operator.</summary>
internal static class LabErrors
{
    public static BlackstartException NotRunning(string root) => new(
        "BS6001",
        ExitCode.CouldNotVerify,
        $"reaching the lab in {root}",
        "it is not running",
        "Start it with 'blackstart lab up'");

    public static BlackstartException PathTooLong(string root, int excess) => new(
        "BS6002",
        ExitCode.InvalidInput,
        $"laying out the lab in {root}",
        string.Create(CultureInfo.InvariantCulture, $"the path is {excess} bytes too long: unix sockets below it may have 107 bytes"),
        "Choose a shorter folder with --state-dir, for example --state-dir /tmp/lab");

    public static BlackstartException PortTaken(int port, string process, string stateFile) => new(
        "BS6003",
        ExitCode.CouldNotVerify,
        string.Create(CultureInfo.InvariantCulture, $"starting {process} on port {port} of 127.0.0.1"),
        "another program listens there",
        string.Create(CultureInfo.InvariantCulture, $"Find it with 'ss -ltnp sport = :{port}' and end it, or start afresh with 'blackstart lab reset' (the port is kept in {stateFile})"));

    public static BlackstartException NotReady(string what, TimeSpan waited, string log, string cause) => new(
        "BS6004",
        ExitCode.CouldNotVerify,
        $"starting {what}",
        string.Create(CultureInfo.InvariantCulture, $"it was not ready after {waited.TotalSeconds:0} s ({cause})"),
        $"Read {log}");

    public static BlackstartException Busy(string lockFile) => new(
        "BS6005",
        ExitCode.CouldNotVerify,
        "taking the lab's lock",
        $"another 'blackstart lab' command is at work (it holds {lockFile})",
        "Wait for it to end, then run this one again");

    public static BlackstartException Refused(string request, string answer) => new(
        "BS6006",
        ExitCode.CouldNotVerify,
        $"asking the lab's supervisor to {request}",
        answer,
        "See 'blackstart lab status', and the log it names");

    public static BlackstartException NotLinux() => new(
        "BS6007",
        ExitCode.CouldNotVerify,
        "starting the lab",
        "it needs Linux (/proc and setpriv) to keep track of its processes",
        "Run it in a Linux machine, a container or a virtual one");

    public static BlackstartException Unreadable(string stateFile, string cause) => new(
        "BS6008",
        ExitCode.CouldNotVerify,
        $"reading {stateFile}",
        cause,
        "Start afresh with 'blackstart lab reset'");

    public static BlackstartException StillAlive(string processes) => new(
        "BS6009",
        ExitCode.CouldNotVerify,
        "ending the lab's processes",
        $"still there: {processes}",
        "Check with 'ps' whether they hang in the kernel, then run the same command again");

    public static BlackstartException ToolMissing(string tool, string package) => new(
        "BS6011",
        ExitCode.CouldNotVerify,
        $"starting {tool}",
        "it is not installed",
        $"Install the package '{package}' (scripts/prerequisites installs all that is missing)");

    public static BlackstartException UnknownProcess(string name, IEnumerable<string> known) => new(
        "BS6012",
        ExitCode.InvalidInput,
        $"starting the lab process '{name}'",
        "there is none of that name",
        $"Known are: {string.Join(", ", known)}");

    public static BlackstartException ProvisioningFailed(string what, string cause, string log) => new(
        "BS6015",
        ExitCode.CouldNotVerify,
        $"creating the lab's estate: {what}",
        cause,
        $"Read {log}, then run 'blackstart lab up' again: it goes on where it stopped");
}
