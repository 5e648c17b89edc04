using System.CommandLine;
using Blackstart.Core.Errors;

namespace Blackstart.Cli.Composition;

/// <summary>
/// What a recovery asks of the program it starts on a node, by options that nobody types: to be the same version, to be alone at what it
/// writes to, and to end when the recovery does.
/// </summary>
internal sealed class NodeSide : IDisposable
{
    private static readonly Option<string?> ExpectVersion = new("--node-version") { Hidden = true, Recursive = true, HelpName = "VERSION" };
    private static readonly Option<string?> Alone = new("--node-alone") { Hidden = true, Recursive = true, HelpName = "KEY" };
    private static readonly Option<bool> Lifeline = new("--node-lifeline") { Hidden = true, Recursive = true };

    // A recovery says every five seconds that it is still there. Where the network was cut, its silence is all there is to notice.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TimeToBeAlone = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private FileStream? _lock;

    private NodeSide()
    {
    }

    /// <summary>The options, for the root of the command line.</summary>
    public static IReadOnlyList<Option> Options => [ExpectVersion, Alone, Lifeline];

    /// <summary>Cancelled when the recovery that started this process is gone.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Holds this process to what it was asked.</summary>
    /// <exception cref="BlackstartException"><c>BS4625</c> it is another version; <c>BS4627</c> another process is still at work on the same.</exception>
    public static async Task<NodeSide> OfAsync(ParseResult parsed, string version, TimeProvider time)
    {
        var side = new NodeSide();
        if (parsed.GetValue(ExpectVersion) is { } expected && expected != version)
        {
            throw new BlackstartException(
                "BS4625",
                ExitCode.CouldNotVerify,
                "working on a node for a recovery",
                $"the recovery is run by Blackstart {expected}, but here is {version}",
                "Put the same version on all machines: `make publish`, and copy artifacts/publish");
        }

        if (parsed.GetValue(Lifeline))
        {
            // A thread of its own: reading standard input of a terminal or pipe cannot be cancelled.
            new Thread(() => side.Watch(time)) { IsBackground = true, Name = "lifeline" }.Start();
        }

        if (parsed.GetValue(Alone) is { } key)
        {
            side._lock = await LockAsync(key, time, side.End);
        }

        return side;
    }

    public void Dispose()
    {
        _lock?.Dispose();
        _end.Dispose();
    }

    private static async Task<FileStream> LockAsync(string key, TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"blackstart-{Environment.UserName}-{(key.All(char.IsAsciiLetterOrDigit) ? key : "key")}.lock");
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                // Held with flock(2) for as long as the file is open: whoever is killed lets go of it.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(began) < TimeToBeAlone)
            {
                await Task.Delay(Poll, time, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BlackstartException(
                    "BS4627",
                    ExitCode.CouldNotVerify,
                    "working on a node for a recovery",
                    $"another Blackstart is still at work on the same ({e.Message.TrimEnd('.')})",
                    $"Wait for it to end (`fuser {path}` names it), then resume",
                    e);
            }
        }
    }

    private void Watch(TimeProvider time)
    {
        var heard = time.GetTimestamp();
        using var silence = time.CreateTimer(
            _ =>
            {
                if (time.GetElapsedTime(Interlocked.Read(ref heard)) > Silence)
                {
                    Finish(time);
                }
            },
            null,
            Silence,
            TimeSpan.FromSeconds(1));
        using var input = Console.OpenStandardInput();
        var buffer = new byte[64];
        try
        {
            while (input.Read(buffer) > 0)
            {
                Interlocked.Exchange(ref heard, time.GetTimestamp());
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }

        Finish(time);
    }

    private void Finish(TimeProvider time)
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        // Whatever does not heed that within its time is ended with the process: nobody wants its result any more.
        time.CreateTimer(_ => Environment.Exit((int)ExitCode.Interrupted), null, TimeToEnd, Timeout.InfiniteTimeSpan);
    }
}
