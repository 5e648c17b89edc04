using System.Diagnostics.CodeAnalysis;

namespace Blackstart.Lab.Vault;

/// <summary>Lets one at a time through, without holding a thread.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing that needs disposal.")]
internal sealed class Exclusive
{
    private readonly SemaphoreSlim _semaphore = new(1, 1);

    public Task WaitAsync(CancellationToken cancellationToken) => _semaphore.WaitAsync(cancellationToken);

    public void Release() => _semaphore.Release();
}
