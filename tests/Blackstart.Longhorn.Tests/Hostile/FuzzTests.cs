using Blackstart.Fuzz;
using Blackstart.Longhorn.Tests.Support;

namespace Blackstart.Longhorn.Tests.Hostile;

/// <summary>A short run of <c>make fuzz</c>, always with the same inputs, so that it is a test of this code and not of luck.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_replicas_are_refused_or_read_and_never_changed()
    {
        var options = new FuzzOptions { Seed = 1, Inputs = 20_000, Time = TimeSpan.FromSeconds(8), Scratch = _folder["scratch"], Keep = _folder["failures"] };
        var report = FuzzRun.Run(options, TimeProvider.System, TestContext.Current.CancellationToken);
        report.Failures.ShouldBeEmpty(string.Join('\n', report.Failures.Select(failure => $"input {failure.Input}: {failure.What}")));
        report.Inputs.ShouldBeGreaterThan(50);
        report.Refused.ShouldBeGreaterThan(0);
        (report.Inputs - report.Refused).ShouldBeGreaterThan(0);
        TestContext.Current.SendDiagnosticMessage(report.ToString());
    }
}
