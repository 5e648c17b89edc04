using System.Diagnostics;

namespace Blackstart.Lab.Hosting;

/// <summary>A process just started. Its standard input stays open for as long as this object lives: it is the child's lifeline.</summary>
internal sealed record LaunchedProcess(Process Process, ProcessRecord Record) : IDisposable
{
    public Task WaitAsync(CancellationToken cancellationToken) => Process.WaitForExitAsync(cancellationToken);

    public void Dispose() => Process.Dispose();
}
