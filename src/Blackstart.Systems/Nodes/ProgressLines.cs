using Blackstart.Core.Planning;

namespace Blackstart.Systems.Nodes;

/// <summary>Turns the lines of a command's standard error into progress.</summary>
internal sealed class ProgressLines(IProgress<StepProgress>? progress) : IProgress<string>
{
    /// <inheritdoc/>
    public void Report(string value)
    {
        if (NodeOutput.Progress(value) is { } far)
        {
            progress?.Report(far);
        }
    }
}
