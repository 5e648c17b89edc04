using Blackstart.Core.Errors;
using Blackstart.Core.Estates;
using Blackstart.Systems.Tools;

namespace Blackstart.Systems.Git;

/// <summary>A git server, asked with <c>git</c> itself.</summary>
public sealed class GitServer(GitEndpoint endpoint, ICommandLine commandLine)
{
    /// <summary>How many heads a repository shows.</summary>
    /// <exception cref="BlackstartException"><c>BS4001</c>–<c>BS4003</c>.</exception>
    public async Task<int> CountHeadsAsync(string repository, CancellationToken cancellationToken)
    {
        var address = new Uri(endpoint.Address.AbsoluteUri.TrimEnd('/') + "/" + repository);
        var result = await commandLine.RunAsync(
            new Command("git", "ls-remote", "--heads", address.AbsoluteUri)
            {
                Timeout = TimeSpan.FromSeconds(15),
                Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["GIT_TERMINAL_PROMPT"] = "0" },
            },
            cancellationToken);
        return result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }
}
