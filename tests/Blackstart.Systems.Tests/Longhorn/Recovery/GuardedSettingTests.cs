using Blackstart.Systems.Longhorn.Recovery;

namespace Blackstart.Systems.Tests.Longhorn.Recovery;

/// <summary>What a setting is put aside to, and what it goes back to.</summary>
public sealed class GuardedSettingTests
{
    [Theory]
    [InlineData("auto-salvage", "true", "false")]
    [InlineData("auto-salvage", "1", "false")]
    [InlineData("auto-salvage", "false", "false")]
    [InlineData("offline-replica-rebuilding", """{"v1":"true","v2":"false"}""", """{"v1":"false","v2":"false"}""")]
    [InlineData("replica-auto-balance", "best-effort", "disabled")]
    [InlineData("replica-auto-balance", """{"v1":"least-effort","v2":"best-effort"}""", """{"v1":"disabled","v2":"disabled"}""")]
    [InlineData("orphan-resource-auto-deletion", "replica-data;instance", "instance")]
    [InlineData("detach-manually-attached-volumes-when-cordoned", "true", "false")]
    public void Aside_a_setting_does_nothing_to_data(string name, string value, string safe)
    {
        Of(name).Safe(value).ShouldBe(safe);
        Of(name).IsSafe(safe).ShouldBeTrue();
        Of(name).IsSafe(value).ShouldBe(value == safe);
    }

    [Theory]
    [InlineData("false", null, "true", false, "true")] // put aside by hand before
    [InlineData("true", null, "false", false, "true")] // decided since the capture
    [InlineData("true", null, "false", true, "false")] // the default of a new Longhorn
    [InlineData(null, null, "false", false, "false")]
    [InlineData(null, null, null, false, "true")]
    [InlineData("false", "true", "false", false, "true")] // put aside by an earlier run
    [InlineData("true", "false", null, false, "true")] // put back by hand since
    public void It_goes_back_to_what_it_was_before_anybody_put_it_aside(string? now, string? earlier, string? captured, bool isReinstalled, string back) =>
        SettingsAside.GoesBackTo(Of("auto-salvage"), now, earlier, captured, isReinstalled).Back.ShouldBe(back);

    private static GuardedSetting Of(string name) => GuardedSetting.All.Single(g => g.Name == name);
}
