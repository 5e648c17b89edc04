using System.Net;
using Blackstart.Core.Errors;
using Blackstart.Core.Estates;

namespace Blackstart.Core.Tests.Estates;

public sealed class EstateLoaderTests
{
    private const string Good = """
        apiVersion: blackstart/v1
        estate: pi-lab
        environments:
          - name: production
            role: production
            networks: [192.0.2.0/24, "2001:db8::/32"]
          - name: lab
            role: sandbox
            identities: identities/lab.json
            kubernetes: { kubeconfig: kubeconfig, context: lab }
            vault: { address: "http://127.0.0.1:8200", unsealKeyFile: keys/unseal.key }
            postgres: { host: 127.0.0.1, database: postgres, user: blackstart, passwordFile: /keys/postgres.password }
            git: { address: "git://127.0.0.1:9418" }
            nodes:
              - { name: pi1, longhornDisks: [nodes/pi1/longhorn], machineIdFile: nodes/pi1/machine-id }
            start:
              postgres: [blackstart, lab, start, postgres]
        components:
          - { name: postgres, type: postgres, layer: S1 }
          - { name: cluster, type: kubernetes, layer: S2, dependsOn: [postgres] }
          - { name: longhorn, type: longhorn, layer: S3, dependsOn: [cluster], settings: { capture: captures/longhorn.yaml, replicas: 2 }, objectives: { rto: 1m30s, rpo: 0s } }
        objectives: { rto: 5m, rpo: 0s }
        """;

    [Fact]
    public void A_good_file_gives_the_estate_with_paths_made_absolute()
    {
        var result = EstateLoader.Parse(Good, "/srv/estate/blackstart.yaml", SampleTypes.All);
        result.Errors.ShouldBeEmpty();
        var estate = result.Require();
        estate.Name.ShouldBe("pi-lab");
        estate.SourcePath.ShouldBe("/srv/estate/blackstart.yaml");
        estate.Production.Networks.ShouldBe([IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::/32")]);
        var lab = estate.FindEnvironment("lab")!;
        lab.Role.ShouldBe(EnvironmentRole.Sandbox);
        lab.IdentitiesPath.ShouldBe("/srv/estate/identities/lab.json");
        lab.Kubernetes.ShouldBe(new KubernetesEndpoint("/srv/estate/kubeconfig", "lab"));
        lab.Vault.ShouldBe(new VaultEndpoint(new Uri("http://127.0.0.1:8200"), "/srv/estate/keys/unseal.key"));
        lab.Postgres.ShouldBe(new PostgresEndpoint("127.0.0.1", 5432, "postgres", "blackstart", "/keys/postgres.password"));
        lab.Git.ShouldBe(new GitEndpoint(new Uri("git://127.0.0.1:9418")));
        lab.FindNode("pi1")!.LonghornDisks.ShouldBe(["/srv/estate/nodes/pi1/longhorn"]);
        lab.FindNode("pi1")!.MachineIdFile.ShouldBe("/srv/estate/nodes/pi1/machine-id");
        lab.Start["postgres"].ShouldBe(["blackstart", "lab", "start", "postgres"]);
        estate.Objectives.ShouldBe(new Objectives(TimeSpan.FromMinutes(5), TimeSpan.Zero));
        var longhorn = estate.OfType("longhorn").ShouldHaveSingleItem();
        longhorn.Layer.ShouldBe(Layer.S3);
        longhorn.DependsOn.ShouldBe(["cluster"]);
        longhorn.Objectives.ShouldBe(new Objectives(TimeSpan.FromSeconds(90), TimeSpan.Zero));
        longhorn.Settings.Text("namespace").ShouldBe("longhorn-system");
        longhorn.Settings.Text("capture").ShouldBe("/srv/estate/captures/longhorn.yaml");
        longhorn.Settings.Number("replicas").ShouldBe(2);
        longhorn.Settings.Has("volumes").ShouldBeFalse();
        longhorn.Settings.TextOrNull("volumes").ShouldBeNull();
        Should.Throw<KeyNotFoundException>(() => longhorn.Settings.List("volumes"));
        estate.FindComponent("postgres")!.Settings.Duration("settle").ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("a: [1, 2", "BS1005")]
    [InlineData("a:\n\t- b: 1", "BS1005")]
    [InlineData("", "BS1008")]
    [InlineData("# only a comment", "BS1008")]
    [InlineData("--- \n...\n", "BS1010")]
    [InlineData("just text", "BS1010")]
    [InlineData("[a, b]", "BS1010")]
    [InlineData("estate: &a x", "BS1006")]
    [InlineData("estate: !!python/object x", "BS1006")]
    [InlineData("estate: *a", "BS1006")]
    [InlineData("estate: a\nestate: b", "BS1009")]
    [InlineData("estate: a\n---\nestate: b", "BS1008")]
    [InlineData("? [a, b]\n: c", "BS1010")]
    [InlineData("estate: \"a\\0b\"", "BS1019")]
    [InlineData("estate:", "BS1010")]
    [InlineData("estate: ''", "BS1019")]
    [InlineData("Estate: x", "BS1011")]
    [InlineData("apiVersion: blackstart/v2", "BS1013")]
    [InlineData("estate: Pi_Lab", "BS1014")]
    [InlineData("estate: \"a\\n\"", "BS1014")]
    [InlineData("objectives: { rto: 5 minutes, rpo: 0s }", "BS1015")]
    [InlineData("objectives: { rto: 5m }", "BS1012")]
    [InlineData("objectives: { rto: 999999999d, rpo: 0s }", "BS1015")]
    [InlineData("environments: {}", "BS1010")]
    [InlineData("environments: []", "BS1019")]
    [InlineData("environments: [{ name: a, role: prod }]", "BS1013")]
    [InlineData("environments: [{ name: a, role: sandbox }]", "BS1024")]
    [InlineData("environments: [{ name: a, role: production }, { name: b, role: production }]", "BS1024")]
    [InlineData("environments: [{ name: a, role: production }, { name: a, role: sandbox }]", "BS1020")]
    [InlineData("environments: [{ name: a, nodes: [{ name: n }, { name: n }] }]", "BS1020")]
    [InlineData("environments: [{ networks: [10.1.2.3/8] }]", "BS1017")]
    [InlineData("environments: [{ networks: [10/8] }]", "BS1017")]
    [InlineData("environments: [{ networks: [10.0.0.0/33] }]", "BS1017")]
    [InlineData("environments: [{ networks: [10.0.0.0] }]", "BS1017")]
    [InlineData("environments: [{ postgres: { port: 0 } }]", "BS1016")]
    [InlineData("environments: [{ postgres: { port: 65536 } }]", "BS1016")]
    [InlineData("environments: [{ postgres: { port: 0x1 } }]", "BS1016")]
    [InlineData("environments: [{ vault: { address: 127.0.0.1 } }]", "BS1018")]
    [InlineData("environments: [{ vault: { address: 'http:8200' } }]", "BS1018")]
    [InlineData("environments: [{ vault: { address: 'file:///etc/passwd' } }]", "BS1018")]
    [InlineData("environments: [{ vault: { address: 'https://root:secret@vault' } }]", "BS1018")]
    [InlineData("environments: [{ git: { address: 'ssh://git:secret@host' } }]", "BS1018")]
    [InlineData("environments: [{ start: { postgres: [] } }]", "BS1019")]
    [InlineData("environments: [{ identities: \"/srv/a\\x00\" }]", "BS1019")]
    [InlineData("environments: [{ start: { nothing: [x] } }]", "BS1025")]
    [InlineData("environments: [{ kubernetes: { kubeconfig: x } }]", "BS1012")]
    [InlineData("components: [{ name: a, type: longhron, layer: S1 }]", "BS1021")]
    [InlineData("components: [{ name: a, type: longhorn, layer: S1 }]", "BS1012")]
    [InlineData("components: [{ name: a, type: longhorn, settings: { captur: x } }]", "BS1011")]
    [InlineData("components: [{ name: a, type: longhorn, settings: { replicas: -1 } }]", "BS1016")]
    [InlineData("components: [{ name: a, type: kubernetes, settings: { x: 1 } }]", "BS1011")]
    [InlineData("components: [{ name: a, type: postgres, settings: { settle: soon } }]", "BS1015")]
    [InlineData("components: [{ name: a, layer: S6 }]", "BS1013")]
    [InlineData("components: [{ name: a }, { name: a }]", "BS1020")]
    [InlineData("components: [{ name: a, dependsOn: [b] }]", "BS1022")]
    [InlineData("components: [{ name: a, dependsOn: [b, b] }, { name: b }]", "BS1020")]
    [InlineData("components: [{ name: a, dependsOn: b }]", "BS1010")]
    [InlineData("components: [{ name: a, dependsOn: [a] }]", "BS1023")]
    [InlineData("components: [{ name: a, dependsOn: ~ }]", "BS1019")]
    public void Each_fault_has_its_code(string text, string code)
    {
        var errors = Errors(text);
        errors.Select(e => e.Code).ShouldContain(code);
        errors.ShouldAllBe(e => e.File == "/x/blackstart.yaml" && e.Remedy.Length > 5 && e.Line > 0 && e.Column > 0);
    }

    [Fact]
    public void A_near_miss_is_answered_with_what_was_probably_meant()
    {
        Errors("components: [{ name: a, dependson: [a] }]").ShouldContain(e => e.Remedy == "Did you mean 'dependsOn'?");
        Errors("components: [{ name: a, type: longhron }]").ShouldContain(e => e.Remedy == "Did you mean 'longhorn'?");
        Errors("components: [{ name: vault, dependsOn: [valut] }]").ShouldContain(e => e.Remedy == "Did you mean 'vault'?");
        Errors("environments: [{ role: sandbx }]").ShouldContain(e => e.Remedy == "Did you mean 'sandbox'?");
    }

    [Fact]
    public void A_cycle_is_printed_once_as_a_ring()
    {
        var error = Errors("components: [{ name: x, dependsOn: [a] }, { name: a, dependsOn: [b] }, { name: b, dependsOn: [c] }, { name: c, dependsOn: [a] }]")
            .Where(e => e.Code == "BS1023").ShouldHaveSingleItem();
        error.Message.ShouldEndWith("a → b → c → a");
    }

    [Fact]
    public void Billion_laughs_and_deep_nesting_end_quickly()
    {
        var laughs = "a: &a [x, x]\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"b{i}: &b{i} [*{(i == 1 ? "a" : $"b{i - 1}")}, *a]\n"));
        Errors(laughs).ShouldContain(e => e.Code == "BS1006");
        Errors(new string('[', 500_000)).ShouldContain(e => e.Code == "BS1007" || e.Code == "BS1005");
        Errors(string.Concat(Enumerable.Repeat("- ", 200_000))).ShouldContain(e => e.Code == "BS1007");
        Errors(string.Concat(Enumerable.Repeat("{a: ", 100_000))).ShouldContain(e => e.Code == "BS1007");
        Errors("a: " + new string('!', 500_000)).ShouldNotBeEmpty();
    }

    [Fact]
    public void A_very_long_chain_of_components_is_no_trouble()
    {
        var chain = string.Concat(Enumerable.Range(0, 12_000).Select(i => $"- {{name: c{i}, type: kubernetes, layer: S1, dependsOn: [c{(i + 1) % 12_000}]}}\n"));
        Errors("components:\n" + chain).ShouldContain(e => e.Code == "BS1023");
    }

    [Fact]
    public void What_is_not_a_readable_text_file_is_said()
    {
        using var folder = new TemporaryFolder();
        Load(folder.Path("missing.yaml")).Code.ShouldBe("BS1001");
        Load(folder.Path("no/such/folder.yaml")).Code.ShouldBe("BS1001");
        Load(folder.Root).Code.ShouldBe("BS1002");
        Load("/dev/zero").Code.ShouldBe("BS1003");
        File.WriteAllBytes(folder.Path("latin1"), [(byte)'a', 0xe9, (byte)'b']);
        Load(folder.Path("latin1")).Code.ShouldBe("BS1004");
        File.WriteAllBytes(folder.Path("nul"), [(byte)'a', 0]);
        Load(folder.Path("nul")).Code.ShouldBe("BS1004");
        File.WriteAllText(folder.Path("big"), new string('#', EstateLoader.LargestFile + 1));
        Load(folder.Path("big")).Code.ShouldBe("BS1003");

        static EstateError Load(string path) => EstateLoader.Load(path, SampleTypes.All).Errors.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_byte_order_mark_is_no_trouble()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path("blackstart.yaml"), [0xef, 0xbb, 0xbf, .. System.Text.Encoding.UTF8.GetBytes(Good)]);
        EstateLoader.Load(folder.Path("blackstart.yaml"), SampleTypes.All).Errors.ShouldBeEmpty();
    }

    [Fact]
    public void All_errors_of_a_thoroughly_bad_file_are_told_at_once()
    {
        var bad = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Estates", "bad.yaml"));
        var told = EstateLoader.Parse(bad, "/x/blackstart.yaml", SampleTypes.All).Errors.Select(e => e.ToString()).ToArray();
        File.WriteAllLines(Path.Combine(AppContext.BaseDirectory, "Estates", "bad.errors.actual.txt"), told);
        told.ShouldBe(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Estates", "bad.errors.txt")));
    }

    [Fact]
    public void Requiring_a_bad_estate_throws_all_errors()
    {
        var thrown = Should.Throw<BlackstartException>(() => EstateLoader.Parse("estate: X\nfoo: 1", "/x/blackstart.yaml", SampleTypes.All).Require());
        thrown.ExitCode.ShouldBe(ExitCode.InvalidInput);
        thrown.Cause.ShouldContain("BS1014");
        thrown.Cause.ShouldContain("/x/blackstart.yaml:2:1: BS1011");
    }

    private static IReadOnlyList<EstateError> Errors(string text)
    {
        var result = EstateLoader.Parse(text, "/x/blackstart.yaml", SampleTypes.All);
        result.Estate.ShouldBeNull();
        return result.Errors;
    }
}
