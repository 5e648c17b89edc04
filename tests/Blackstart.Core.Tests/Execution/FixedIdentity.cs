using Blackstart.Core.Isolation;

namespace Blackstart.Core.Tests.Execution;

internal sealed class FixedIdentity(string? identity) : IIdentitySource
{
    public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken) => Task.FromResult(identity);
}
