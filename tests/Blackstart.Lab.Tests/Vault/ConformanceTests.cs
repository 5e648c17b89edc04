using System.Diagnostics;
using System.Globalization;

namespace Blackstart.Lab.Tests.Vault;

/// <summary>
/// Holds the lab's Vault against what a real Vault 0.10.1 answered, where the recordings are there. The differences are those
/// that docs/reference/lab-vault.md names, to the line, and no others.
/// </summary>
public sealed class ConformanceTests(ThrowawayCluster cluster)
{
    private const string Cases = "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16";

    /// <summary>The lines that differ, as a diff shows them; a case that is not here has none.</summary>
    private static readonly Dictionary<string, string[]> Differences = new(StringComparer.Ordinal)
    {
        ["01-uninitialised"] =
        [
            "-< 400 application/json", "+< 200 application/json",
            "-  \"errors\": [", "-    \"server is not yet initialized\"", "-  ]",
            "+  \"n\": 0,", "+  \"nonce\": \"\",", "+  \"progress\": 0,", "+  \"sealed\": true,", "+  \"t\": 0,", "+  \"type\": \"shamir\",", "+  \"version\": \"VERSION\"",
            "-< 503 application/json", "+< 200 application/json",
            "-  \"errors\": [", "-    \"Vault is sealed\"", "-  ]",
            "+  \"ha_enabled\": false,", "+  \"is_self\": false,", "+  \"leader_address\": \"\",", "+  \"leader_cluster_address\": \"\"",
        ],
        ["05-health"] = NoToken,
        ["06-seal"] =
        [
            "-< 500 application/json", "+< 403 application/json",
            "-    \"1 error occurred:\\n\\n* missing client token\"", "+    \"1 error occurred:\\n\\n* permission denied\"",
        ],
        ["07-tokens"] =
        [
            .. NoToken,
            "-< 400 application/json", "-{", "-  \"errors\": [", "-    \"token not found\"", "-  ]", "-}", "+< 204 application/json", "+(empty)",
        ],
        ["08-mounts"] =
        [
            "-< 204 application/json", "-(empty)", "+< 200 application/json", "+{", "+  \"auth\": null,", "+  \"data\": {", "+    \"migration_id\": \"UUID\"",
            "+  },", "+  \"lease_duration\": 0,", "+  \"lease_id\": \"\",", "+  \"renewable\": false,", "+  \"request_id\": \"REQUEST_ID\",",
            "+  \"warnings\": null,", "+  \"wrap_info\": null", "+}",
        ],
        ["12-approle"] = NoToken,
        ["13-kubernetes-auth"] =
        [
            "-< 500 application/json", "+< 403 application/json",
            "-< 500 application/json", "+< 403 application/json",
            "-< 500 application/json", "+< 403 application/json",
        ],
        ["14-database"] =
        [
            "-< 403 application/json", "+< 500 application/json",
            "-    \"1 error occurred:\\n\\n* permission denied\"", "+    \"1 error occurred:\\n\\n* \\\"foreign\\\" is not an allowed role\"",
        ],
        ["16-errors"] =
        [
            .. NoToken, .. NoToken,
            "-< 400", "-{", "-  \"errors\": [", "-    \"missing client token\"", "-  ]", "-}", "+< 200",
        ],
    };

    private static string[] NoToken =>
    [
        "-< 400 application/json", "+< 403 application/json", "-    \"missing client token\"", "+    \"permission denied\"",
    ];

    [Fact]
    public async Task Differs_from_the_recorded_answers_only_where_it_is_documented()
    {
        if (FindRunner() is not { } runner)
        {
            return;
        }

        // A server of its own: the recordings count all roles there are, also those of tests that run beside this one.
        await using var postgres = new ThrowawayPostgres();
        await postgres.InitializeAsync();
        await using var vault = await TemporaryVault.StartAsync();
        var output = Path.Combine(vault.Folder, "out");
        var start = new ProcessStartInfo(runner, [vault.Server.Address.ToString().TrimEnd('/'), output]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ONLY"] = Cases;
        start.Environment["PG"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{postgres.Port}");
        start.Environment["PGADMIN"] = "postgres";
        start.Environment["PGPASSWORD"] = postgres.AdminPassword;
        start.Environment["PGDB"] = "postgres";
        start.Environment["PSQL"] = Path.Combine(postgres.Binaries, "psql");
        start.Environment["KUBE"] = await cluster.KubeconfigAsync();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var summary = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        summary.ShouldContain(" passed, ", customMessage: await errors);
        summary.ShouldNotContain("skipped");
        var found = Directory.GetFiles(output, "*.diff").ToDictionary(file => Path.GetFileNameWithoutExtension(file)!, ChangedLines, StringComparer.Ordinal);
        found.Keys.Order(StringComparer.Ordinal).ShouldBe(Differences.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, lines) in found)
        {
            lines.Order(StringComparer.Ordinal).ShouldBe(Differences[name].Order(StringComparer.Ordinal), name);
        }
    }

    private static string[] ChangedLines(string file) =>
    [
        .. File.ReadLines(file).Where(line => line.Length > 0 && line[0] is '+' or '-'
            && !line.StartsWith("+++", StringComparison.Ordinal) && !line.StartsWith("---", StringComparison.Ordinal)),
    ];

    private static string? FindRunner()
    {
        var shared = Environment.GetEnvironmentVariable("BLACKSTART_SHARED");
        if (string.IsNullOrEmpty(shared))
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Blackstart.slnx")))
            {
                folder = folder.Parent;
            }

            shared = folder?.Parent is { } parent ? Path.Combine(parent.FullName, "shared") : string.Empty;
        }

        var runner = Path.Combine(shared, "conformance", "vault", "run.sh");
        return File.Exists(runner) ? runner : null;
    }
}
