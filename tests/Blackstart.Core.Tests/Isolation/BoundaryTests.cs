using Blackstart.Core.Errors;
using Blackstart.Core.Isolation;
using Blackstart.Core.Planning;

namespace Blackstart.Core.Tests.Isolation;

public sealed class BoundaryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sandboxs_own_identity_is_cleared()
    {
        var clearance = await Boundary("sandbox-uid").AuthorizeAsync("lab", Target.Kubernetes, Effect.Destroy, Purpose.Drill, Cancel);

        clearance.Identity.ShouldBe("sandbox-uid");
        clearance.Demand(Target.Kubernetes, Effect.Destroy);
    }

    [Theory]
    [InlineData("production-uid", "BS2009")]
    [InlineData("nobody-knows", "BS2004")]
    [InlineData(null, "BS2003")]
    [InlineData(" ", "BS2003")]
    public async Task Any_other_identity_is_refused_whatever_the_name_says(string? identity, string code)
    {
        var error = await Should.ThrowAsync<BlackstartException>(() => Boundary(identity).AuthorizeAsync("lab", Target.Kubernetes, Effect.Change, Purpose.Recover, Cancel));

        error.Code.ShouldBe(code);
        error.ExitCode.ShouldBe(ExitCode.Refused);
    }

    [Fact]
    public async Task What_is_not_on_record_is_refused()
    {
        var error = await Should.ThrowAsync<BlackstartException>(() => Boundary("123").AuthorizeAsync("lab", Target.Postgres, Effect.Change, Purpose.Recover, Cancel));

        error.Code.ShouldBe("BS2008");
    }

    [Fact]
    public async Task An_unknown_environment_is_refused() =>
        (await Should.ThrowAsync<BlackstartException>(() => Boundary("sandbox-uid").AuthorizeAsync("staging", Target.Kubernetes, Effect.Change, Purpose.Recover, Cancel))).Code.ShouldBe("BS2001");

    [Theory]
    [InlineData(Effect.Destroy, Purpose.Recover)]
    [InlineData(Effect.Destroy, Purpose.Drill)]
    [InlineData(Effect.Change, Purpose.Drill)]
    public async Task Nothing_is_broken_on_production_and_no_drill_touches_it(Effect effect, Purpose purpose) =>
        (await Should.ThrowAsync<BlackstartException>(() => Boundary("production-uid").AuthorizeAsync("production", Target.Kubernetes, effect, purpose, Cancel))).Code.ShouldBe("BS2002");

    [Fact]
    public async Task Production_may_be_recovered() =>
        (await Boundary("production-uid").AuthorizeAsync("production", Target.Kubernetes, Effect.Change, Purpose.Recover, Cancel)).Environment.ShouldBe("production");

    [Fact]
    public async Task A_failure_to_ask_is_a_refusal()
    {
        var boundary = new Boundary(Environments, new FailingSource(), TimeProvider.System);

        var error = await Should.ThrowAsync<BlackstartException>(() => boundary.AuthorizeAsync("lab", Target.Kubernetes, Effect.Change, Purpose.Recover, Cancel));

        error.Code.ShouldBe("BS2003");
        error.Cause.ShouldContain("connection refused");
    }

    [Fact]
    public async Task A_sealed_Vault_is_vouched_for_by_its_cluster_only()
    {
        var own = new Boundary(Environments, new BySystem { [SystemKind.Kubernetes] = "sandbox-uid" }, TimeProvider.System);
        var foreign = new Boundary(Environments, new BySystem { [SystemKind.Kubernetes] = "production-uid" }, TimeProvider.System);

        (await own.AuthorizeAsync("lab", Target.Vault, Effect.Change, Purpose.Recover, Cancel)).Identity.ShouldContain("sandbox-uid");
        (await Should.ThrowAsync<BlackstartException>(() => foreign.AuthorizeAsync("lab", Target.Vault, Effect.Change, Purpose.Recover, Cancel))).Code.ShouldBe("BS2009");
    }

    [Fact]
    public async Task A_clearance_covers_its_own_target_and_no_stronger_effect()
    {
        var clearance = await Boundary("sandbox-uid").AuthorizeAsync("lab", Target.Kubernetes, Effect.Change, Purpose.Recover, Cancel);

        Should.Throw<BlackstartException>(() => clearance.Demand(Target.Vault, Effect.Change)).Code.ShouldBe("BS2005");
        Should.Throw<BlackstartException>(() => clearance.Demand(Target.Kubernetes, Effect.Destroy)).Code.ShouldBe("BS2005");
    }

    [Fact]
    public async Task A_clearance_expires()
    {
        var clock = new SetClock();
        var clearance = await new Boundary(Environments, new BySystem { [SystemKind.Kubernetes] = "sandbox-uid" }, clock).AuthorizeAsync("lab", Target.Kubernetes, Effect.Change, Purpose.Recover, Cancel);
        clock.Now += Core.Isolation.Boundary.Validity + TimeSpan.FromSeconds(1);

        Should.Throw<BlackstartException>(() => clearance.Demand(Target.Kubernetes, Effect.Change)).Code.ShouldBe("BS2006");
    }

    [Theory]
    [InlineData("{\"schemaVersion\":1,\"identities\":{\"kubernetes\":\"a")]
    [InlineData("{\"schemaVersion\":2,\"identities\":{}}")]
    [InlineData("{\"schemaVersion\":1,\"identities\":{\"kubernetes\":\"\"}}")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_half_written_identity_file_is_a_refusal(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            Should.Throw<BlackstartException>(() => RecordedIdentities.Load(path)).Code.ShouldBe("BS2007");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Only_the_boundary_can_make_a_clearance() =>
        typeof(Clearance).GetConstructors().ShouldBeEmpty();

    private static List<BoundaryEnvironment> Environments =>
    [
        new BoundaryEnvironment("production", IsProduction: true, Recorded("production-uid")),
        new BoundaryEnvironment("lab", IsProduction: false, Recorded("sandbox-uid")),
    ];

    private static Boundary Boundary(string? identity) => new(Environments, new Execution.FixedIdentity(identity), TimeProvider.System);

    private static RecordedIdentities Recorded(string uid) => new(new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes"] = uid });

    private sealed class FailingSource : IIdentitySource
    {
        public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken) => throw new IOException("connection refused");
    }

    private sealed class BySystem : Dictionary<SystemKind, string>, IIdentitySource
    {
        public Task<string?> AskAsync(string environment, Target target, CancellationToken cancellationToken) => Task.FromResult(this.GetValueOrDefault(target.System));
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
