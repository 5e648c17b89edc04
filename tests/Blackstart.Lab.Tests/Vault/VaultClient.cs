using System.Text;
using System.Text.Json.Nodes;

namespace Blackstart.Lab.Tests.Vault;

/// <summary>Asks a Vault over HTTP.</summary>
internal sealed class VaultClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    public string? Token { get; set; }

    public Uri Address { get; } = address;

    public async Task<(int Status, JsonObject Body)> SendAsync(string method, string path, string? body = null, string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"v1/{path}");
        if ((token ?? Token) is { } value)
        {
            request.Headers.Add("X-Vault-Token", value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? [] : (JsonObject)JsonNode.Parse(text)!);
    }

    public async Task<JsonObject> OkAsync(string method, string path, string? body = null)
    {
        var (status, answer) = await SendAsync(method, path, body);
        status.ShouldBeOneOf([200, 204], $"{method} {path}: {answer.ToJsonString()}");
        return answer;
    }

    /// <summary>Initialises with one key and unseals; the token is kept.</summary>
    public async Task<string> OpenAsync()
    {
        var answer = await OkAsync("PUT", "sys/init", """{"secret_shares":1,"secret_threshold":1}""");
        Token = answer["root_token"]!.ToString();
        var key = answer["keys_base64"]![0]!.ToString();
        await UnsealAsync(key);
        return key;
    }

    public Task<JsonObject> UnsealAsync(string key) => OkAsync("PUT", "sys/unseal", $$"""{"key":"{{key}}"}""");

    public void Dispose() => _http.Dispose();
}
