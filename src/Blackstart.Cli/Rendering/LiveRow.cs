using Blackstart.Core.Execution;
using Blackstart.Core.Planning;

namespace Blackstart.Cli.Rendering;

/// <summary>What the live tree knows of one step.</summary>
internal sealed class LiveRow(Step step)
{
    public Step Step { get; } = step;

    public long? Began { get; set; }

    public bool Acts { get; set; }

    public string Note { get; set; } = "";

    public TransferRate? Rate { get; set; }

    public StepRecord? Ended { get; set; }
}
