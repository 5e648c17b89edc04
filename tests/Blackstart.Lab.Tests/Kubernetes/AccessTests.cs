using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Tests.Kubernetes;

public sealed class AccessTests(LabCluster cluster) : IClassFixture<LabCluster>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_token_is_refused()
    {
        using var client = cluster.Client("not-a-token");
        using var answer = await client.GetAsync(new Uri("/api/v1/namespaces", UriKind.Relative), Cancelled);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Without_a_token_only_health_and_version_answer()
    {
        using var client = cluster.Client(null);
        foreach (var path in (string[])["/healthz", "/readyz", "/livez", "/version"])
        {
            (await client.GetAsync(new Uri(path, UriKind.Relative), Cancelled)).StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }

        foreach (var path in (string[])["/api", "/apis", "/api/v1/secrets", "/openapi/v2"])
        {
            (await client.GetAsync(new Uri(path, UriKind.Relative), Cancelled)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
        }
    }

    [Fact]
    public async Task A_service_account_token_is_accepted_until_its_account_goes()
    {
        await cluster.KubectlAsync("create", "serviceaccount", "worker");
        var token = (await cluster.KubectlAsync("create", "token", "worker")).Trim();
        using var client = cluster.Client(token);
        (await client.GetAsync(new Uri("/api/v1/namespaces", UriKind.Relative), Cancelled)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ReviewAsync(token))["user"]!["username"]!.GetValue<string>().ShouldBe("system:serviceaccount:default:worker");
        (await ReviewAsync(token[..^4] + "AAAA"))["authenticated"].ShouldBeNull();

        await cluster.KubectlAsync("delete", "serviceaccount", "worker");
        (await client.GetAsync(new Uri("/api/v1/namespaces", UriKind.Relative), Cancelled)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await ReviewAsync(token))["authenticated"].ShouldBeNull();
    }

    [Fact]
    public async Task A_token_for_another_audience_is_not_for_the_api()
    {
        await cluster.KubectlAsync("create", "serviceaccount", "elsewhere");
        var token = (await cluster.KubectlAsync("create", "token", "elsewhere", "--audience=vault")).Trim();
        using var client = cluster.Client(token);
        (await client.GetAsync(new Uri("/api/v1/namespaces", UriKind.Relative), Cancelled)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await ReviewAsync(token))["authenticated"].ShouldBeNull();
        (await ReviewAsync(token, "vault"))["authenticated"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public void Secrets_on_disk_are_readable_by_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var file in (string[])[cluster.Kubeconfig, Path.Combine(cluster.Folder, "keys", "admin.token"), Path.Combine(cluster.Folder, "keys", "server.pem"), Path.Combine(cluster.Folder, "keys", "service-account.key")])
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    private async Task<JsonNode> ReviewAsync(string token, params string[] audiences)
    {
        using var client = cluster.Client(cluster.AdministratorToken);
        var review = new JsonObject { ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = new JsonArray([.. audiences.Select(audience => (JsonNode)audience)]) } };
        using var body = new StringContent(review.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri("/apis/authentication.k8s.io/v1/tokenreviews", UriKind.Relative), body, Cancelled);
        return LabCluster.Json(await answer.Content.ReadAsStringAsync(Cancelled))["status"]!;
    }
}
