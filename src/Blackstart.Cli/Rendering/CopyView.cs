using Blackstart.Longhorn.Export;

namespace Blackstart.Cli.Rendering;

/// <summary>How far a copy has come, as it was asked for: lines of JSON, a line on a terminal, or nothing where nobody looks.</summary>
internal sealed class CopyView : IDisposable
{
    private bool _isLine;

    private CopyView(IProgress<CopyProgress>? progress, bool isLine)
    {
        Progress = progress;
        _isLine = isLine;
    }

    public IProgress<CopyProgress>? Progress { get; }

    public static CopyView For(string? format) =>
        format == "json" ? new CopyView(new CopyJson(TimeProvider.System, Console.Error), isLine: false)
        : Console.IsErrorRedirected ? new CopyView(null, isLine: false)
        : new CopyView(new CopyLine(TimeProvider.System), isLine: true);

    public void Dispose()
    {
        if (_isLine)
        {
            _isLine = false;
            CopyLine.End();
        }
    }
}
