using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Blackstart.Core.Errors;

namespace Blackstart.Core.Execution;

/// <summary>
/// The append-only record of one run: JSON Lines in <c>journal.jsonl</c>. A line is on the disk when <see cref="Append"/>
/// returns, so it is there before the effect it announces. One process at a time holds a journal open for writing.
/// </summary>
public sealed class Journal : IDisposable
{
    /// <summary>The journal's file in the run's folder.</summary>
    public const string FileName = "journal.jsonl";

    private readonly FileStream _file;
    private readonly FileStream _hold;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly string _path;
    private long _length;
    private Exception? _broken;

    private Journal(FileStream file, FileStream hold, TimeProvider time, string path, long length)
    {
        _file = file;
        _hold = hold;
        _time = time;
        _path = path;
        _length = length;
    }

    /// <summary>Opens the journal of a run, making folder and file when they are missing, and drops a last line that a kill cut short.</summary>
    /// <exception cref="BlackstartException"><c>BS3003</c>: another process is writing it.</exception>
    public static Journal Open(string folder, TimeProvider time, out IReadOnlyList<JournalEntry> entries) =>
        Open(folder, time, path => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0), out entries);

    /// <summary>As above, with a file that a test may let fail. It must not buffer: a line that could not be written must not come out later.</summary>
    internal static Journal Open(string folder, TimeProvider time, Func<string, FileStream> open, out IReadOnlyList<JournalEntry> entries)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        FileStream hold;
        try
        {
            // A lock of its own: readers may open the journal while it is written, a second writer may not.
            hold = new FileStream(Path.Combine(folder, "journal.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new BlackstartException(
                "BS3003",
                ExitCode.CouldNotVerify,
                $"opening the journal {path}",
                "another process is writing it: this run is under way",
                "Wait for that process, or stop it, then resume",
                e);
        }

        try
        {
            var file = open(path);
            entries = Read(file, path, out var whole);
            file.SetLength(whole);
            file.Seek(0, SeekOrigin.End);
            return new Journal(file, hold, time, path, whole);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>The entries of a run's journal, read without holding it.</summary>
    /// <exception cref="BlackstartException"><c>BS3004</c>: a line in the middle is not JSON; <c>BS3005</c>: there is no journal.</exception>
    public static IReadOnlyList<JournalEntry> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new BlackstartException("BS3005", ExitCode.InvalidInput, $"reading the journal of {Path.GetFileName(folder)}", $"there is no {path}", "`blackstart run list` names the runs there are");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Read(file, path, out _);
    }

    /// <summary>Writes one line and flushes it to the disk, or leaves the journal as it was.</summary>
    /// <returns>The moment written into the line.</returns>
    /// <exception cref="BlackstartException"><c>BS3009</c>: the line cannot be written.</exception>
    public DateTimeOffset Append(string kind, JsonObject data)
    {
        lock (_lock)
        {
            var at = _time.GetUtcNow();
            var line = new JsonObject { ["at"] = at.ToString("O", CultureInfo.InvariantCulture), ["kind"] = kind };
            foreach (var (name, value) in data)
            {
                line[name] = value?.DeepClone();
            }

            Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
            return at;
        }
    }

    private void Write(byte[] line)
    {
        if (_broken is not null)
        {
            throw CannotBeWritten(_broken);
        }

        try
        {
            _file.Write(line);
            _file.Flush(flushToDisk: true);
            _length += line.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            try
            {
                // Half a line, with the next one behind it, would be a line in the middle that nobody can read.
                _file.SetLength(_length);
                _file.Seek(0, SeekOrigin.End);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                _broken = e;
            }

            throw CannotBeWritten(e);
        }
    }

    private BlackstartException CannotBeWritten(Exception e) => new(
        "BS3009",
        ExitCode.CouldNotVerify,
        $"writing the journal {_path}",
        $"the journal cannot be written: {e.Message.TrimEnd('.')}",
        $"Make room or give access, then run 'blackstart resume {Path.GetFileName(Path.GetDirectoryName(_path))}'",
        e);

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _hold.Dispose();
    }

    private static List<JournalEntry> Read(FileStream file, string path, out long whole)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var text = reader.ReadToEnd();
        var end = text.LastIndexOf('\n') + 1;
        whole = Encoding.UTF8.GetByteCount(text.AsSpan(0, end));
        var entries = new List<JournalEntry>();
        var number = 0;
        foreach (var line in text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            entries.Add(Parse(line, path, number));
        }

        return entries;
    }

    private static JournalEntry Parse(string line, string path, int number)
    {
        try
        {
            var data = JsonNode.Parse(line)!.AsObject();
            var at = DateTimeOffset.Parse(data["at"]!.GetValue<string>(), CultureInfo.InvariantCulture);
            var kind = data["kind"]!.GetValue<string>();
            data.Remove("at");
            data.Remove("kind");
            return new JournalEntry(at, kind, data);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NullReferenceException)
        {
            throw new BlackstartException("BS3004", ExitCode.CouldNotVerify, $"reading {path}", $"line {number} is not a journal entry", "The file was altered; recover anew with `blackstart recover`", e);
        }
    }
}
